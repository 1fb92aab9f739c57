using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>What a method that works on the matrix itself found.</summary>
/// <param name="Matrix">X, (d, d), float64, positive semidefinite. It is the caller's.</param>
/// <param name="Rank">Its rank, as the method tells it.</param>
/// <param name="Iterations">Steps made.</param>
/// <param name="Passes">Passes over the measurements, those that chose step sizes included.</param>
/// <param name="IsAtRest">Whether it stopped because X came to rest, not because the steps were used up.</param>
public sealed record SensingEstimate(Tensor Matrix, int Rank, int Iterations, int Passes, bool IsAtRest)
{
    /// <summary>The matrix cut to its rank, as a factor with orthogonal columns, the longest first.</summary>
    /// <returns>(d, <see cref="Rank"/>), a new tensor.</returns>
    public Tensor Factor() => LeadingFactor.Of(Matrix, Rank);
}
