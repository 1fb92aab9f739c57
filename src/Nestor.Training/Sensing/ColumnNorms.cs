using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Norms of the columns of a factor, and products with one number per column.</summary>
public static class ColumnNorms
{
    /// <summary>The l2 norm of every column of a factor (d, k).</summary>
    /// <returns>(k).</returns>
    public static double[] Of(Tensor factor)
    {
        var norms = Squared(factor);
        for (var j = 0; j < norms.Length; j++)
            norms[j] = Math.Sqrt(norms[j]);
        return norms;
    }

    /// <summary>The norms from the largest to the smallest: the spectrum that group lasso makes and pruning cuts.</summary>
    /// <returns>(k).</returns>
    public static double[] Descending(Tensor factor)
    {
        var norms = Of(factor);
        Array.Sort(norms, (a, b) => b.CompareTo(a));
        return norms;
    }

    internal static double[] Squared(Tensor factor)
    {
        var values = TensorMemory.Doubles(factor);
        var squares = new double[factor.shape[1]];
        for (var row = 0; row < values.Length; row += squares.Length)
        {
            var entries = values.Slice(row, squares.Length);
            for (var j = 0; j < squares.Length; j++)
                squares[j] += entries[j] * entries[j];
        }

        return squares;
    }

    /// <summary>Adds each column times its number: <c>sums += factor · diag(scales)</c>.</summary>
    internal static void AddScaled(Tensor sums, Tensor factor, ReadOnlySpan<double> scales)
    {
        var totals = TensorMemory.Doubles(sums);
        var values = TensorMemory.Doubles(factor);
        for (var row = 0; row < values.Length; row += scales.Length)
        {
            for (var j = 0; j < scales.Length; j++)
                totals[row + j] += values[row + j] * scales[j];
        }
    }

    /// <summary>Multiplies each column by its number.</summary>
    internal static void Scale(Tensor factor, ReadOnlySpan<double> scales)
    {
        var values = TensorMemory.Doubles(factor);
        for (var row = 0; row < values.Length; row += scales.Length)
        {
            for (var j = 0; j < scales.Length; j++)
                values[row + j] *= scales[j];
        }
    }

    /// <summary>The columns at some places, in that order.</summary>
    internal static Tensor Select(Tensor factor, IReadOnlyCollection<int> columns)
    {
        using var places = tensor(columns.Select(column => (long)column).ToArray(), ScalarType.Int64);
        return factor.index_select(1, places);
    }
}
