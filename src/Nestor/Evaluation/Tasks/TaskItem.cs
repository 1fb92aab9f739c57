namespace Nestor.Evaluation.Tasks;

/// <summary>One question of a task: pairs of a context and a continuation, of which one is right.</summary>
/// <param name="Contexts">One for all continuations, or one for each choice; without white space at the end.</param>
/// <param name="Continuations">One for each choice, or one for all contexts; without white space around.</param>
/// <param name="Gold">The right choice, first 0.</param>
public sealed record TaskItem(IReadOnlyList<string> Contexts, IReadOnlyList<string> Continuations, int Gold)
{
    /// <summary>Number of pairs: 1 where the model has nothing to choose from.</summary>
    public int Choices => Math.Max(Contexts.Count, Continuations.Count);

    /// <summary>The item as an example with its right answer.</summary>
    public string Solved => $"{Context(Gold)} {Continuation(Gold)}";

    /// <summary>The context of a choice.</summary>
    public string Context(int choice) => Contexts[Contexts.Count == 1 ? 0 : choice];

    /// <summary>The continuation of a choice; a space stands between it and its context.</summary>
    public string Continuation(int choice) => Continuations[Continuations.Count == 1 ? 0 : choice];
}
