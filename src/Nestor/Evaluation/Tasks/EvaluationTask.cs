using Nestor.Formats;

namespace Nestor.Evaluation.Tasks;

/// <summary>A downstream task: where its items are and how they become text.</summary>
/// <remarks>Texts are those of EleutherAI's lm-evaluation-harness: a context without white space at its end, and a continuation after one space.</remarks>
/// <param name="Name">What it is called.</param>
/// <param name="FileName">Its file in a folder of tasks: one JSON object a line.</param>
/// <param name="Kind">What a line holds.</param>
/// <param name="Prompt">What follows every context, before the continuation's space.</param>
public sealed record EvaluationTask(string Name, string FileName, TaskKind Kind, string Prompt = "")
{
    private const string Answer = "\nAnswer:";

    /// <summary>The tasks that are known.</summary>
    public static IReadOnlyList<EvaluationTask> Known { get; } =
    [
        new("lambada", "lambada_openai.jsonl", TaskKind.LastWord),
        new("piqa", "piqa.jsonl", TaskKind.Choice, Answer),
        new("arc_easy", "arc_easy.jsonl", TaskKind.Choice, Answer),
        new("boolq", "boolq.jsonl", TaskKind.Choice, Answer),
        new("copa", "copa.jsonl", TaskKind.Choice),
        new("winogrande", "winogrande.jsonl", TaskKind.ContextChoice),
    ];

    /// <summary>The task with a name.</summary>
    /// <exception cref="NestorException">There is none; the message names those that are known.</exception>
    public static EvaluationTask Find(string name) =>
        Known.FirstOrDefault(task => string.Equals(task.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new NestorException($"There is no task {Quoted.Quote(name)}; choose from {string.Join(", ", Known.Select(task => task.Name))}.");
}
