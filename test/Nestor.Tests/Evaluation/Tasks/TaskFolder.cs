using System.Text.Json;
using Nestor.Evaluation.Tasks;

namespace Nestor.Tests.Evaluation.Tasks;

/// <summary>A temporary folder of task files.</summary>
internal sealed class TaskFolder : IDisposable
{
    public static readonly EvaluationTask Lambada = EvaluationTask.Find("lambada"), Piqa = EvaluationTask.Find("piqa"), Copa = EvaluationTask.Find("copa"), Winogrande = EvaluationTask.Find("winogrande");

    public string Path { get; } = Directory.CreateTempSubdirectory("nestor-tasks-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes lines and reads them as a task's items.</summary>
    public TaskFile Open(EvaluationTask task, params string[] lines)
    {
        System.IO.File.WriteAllLines(File(task.FileName), lines);
        return TaskFile.Open(Path, task);
    }

    public static string LastWord(string context, string continuation) => JsonSerializer.Serialize(new { context, continuation });

    public static string Choice(string query, string[] choices, int gold) => JsonSerializer.Serialize(new { query, choices, gold });

    public static string ContextChoice(string[] context_options, string continuation, int gold) => JsonSerializer.Serialize(new { context_options, continuation, gold });

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
