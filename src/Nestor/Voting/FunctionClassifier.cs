namespace Nestor.Voting;

/// <summary>A function as a member of a committee.</summary>
/// <param name="classes">The number of classes.</param>
/// <param name="classify">Names the class of one input.</param>
public sealed class FunctionClassifier<TInput>(int classes, Func<TInput, int> classify) : IClassifier<TInput>
{
    /// <inheritdoc/>
    public int Classes => classes;

    /// <inheritdoc/>
    public IReadOnlyList<int> Classify(IReadOnlyList<TInput> inputs) => [.. inputs.Select(classify)];
}
