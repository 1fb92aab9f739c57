namespace Nestor.Voting;

/// <summary>A member of a committee: anything that names a class for an input.</summary>
/// <typeparam name="TInput">What is classified.</typeparam>
public interface IClassifier<TInput>
{
    /// <summary>The number of classes; labels are 0 to one less.</summary>
    int Classes { get; }

    /// <summary>Names the class of every input.</summary>
    /// <param name="inputs">(n).</param>
    /// <returns>(n) labels.</returns>
    IReadOnlyList<int> Classify(IReadOnlyList<TInput> inputs);
}
