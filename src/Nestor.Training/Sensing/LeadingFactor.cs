using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>The best positive semidefinite approximation of a rank, as a factor: <c>V diag(sqrt(max(w, 0)))</c> of the largest eigenvalues.</summary>
public static class LeadingFactor
{
    /// <summary>The factor of a symmetric matrix.</summary>
    /// <param name="matrix">(d, d), float64.</param>
    /// <param name="rank">From 0 to d.</param>
    /// <returns>(d, rank), orthogonal columns, the longest first.</returns>
    public static Tensor Of(Tensor matrix, int rank)
    {
        using var scope = NewDisposeScope();
        var (values, vectors) = linalg.eigh(matrix);                                        // ascending
        var first = matrix.shape[0] - rank;
        var lengths = values.narrow(0, first, rank).clamp_min(0).sqrt();
        return vectors.narrow(1, first, rank).mul(lengths).flip(1).contiguous().MoveToOuterDisposeScope();
    }
}
