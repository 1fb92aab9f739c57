using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Thresholds the eigenvalues of a symmetric matrix.</summary>
internal static class SpectralStep
{
    /// <summary>The proximal step of a penalty on eigenvalues.</summary>
    /// <param name="matrix">(d, d), symmetric.</param>
    /// <param name="threshold">The penalty.</param>
    /// <param name="step">Size of the gradient step before it.</param>
    /// <returns>The thresholded matrix, its rank, and its penalty.</returns>
    public static (Tensor Matrix, int Rank, double Penalty) Apply(Tensor matrix, SpectralThreshold threshold, double step)
    {
        using var scope = NewDisposeScope();
        var (values, vectors) = linalg.eigh(matrix);                                        // ascending
        var kept = TensorMemory.Doubles(values).ToArray();
        for (var i = 0; i < kept.Length; i++)
            kept[i] = threshold.Apply(kept[i], step);
        var first = Array.FindIndex(kept, value => value > 0);
        if (first < 0)
            return (zeros_like(matrix).MoveToOuterDisposeScope(), 0, 0);
        var rank = kept.Length - first;
        var leading = vectors.narrow(1, first, rank);                                       // (d, rank)
        var product = leading.mul(tensor(kept[first..])).mm(leading.t());
        return (product.MoveToOuterDisposeScope(), rank, kept.AsSpan(first).ToArray().Sum(threshold.Value));
    }
}
