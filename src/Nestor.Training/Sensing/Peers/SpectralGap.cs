using static TorchSharp.torch;

namespace Nestor.Training.Sensing.Peers;

/// <summary>A rank read from a spectrum: where an eigenvalue is the largest multiple of the next.</summary>
public static class SpectralGap
{
    // What rounding leaves of a zero.
    private const double Floor = 1e-12;

    /// <summary>The rank of a positive semidefinite matrix; at most half its dimension, beyond which gaps are those of noise.</summary>
    public static int Rank(Tensor matrix)
    {
        using var spectrum = linalg.eigvalsh(matrix);
        var values = TensorMemory.Doubles(spectrum).ToArray();                               // ascending
        Array.Reverse(values);
        var least = Math.Max(values[0] * Floor, double.Epsilon);
        return Enumerable.Range(1, Math.Max(1, values.Length / 2)).MaxBy(rank => values[rank - 1] / Math.Max(rank < values.Length ? values[rank] : 0, least));
    }
}
