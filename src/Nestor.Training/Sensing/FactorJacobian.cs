using System.Numerics;
using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>How observations change with the factor: row i is <c>∂⟨A_i, UUᵀ⟩/∂U = 2 A_i U</c>, an (d, r) matrix as one row.</summary>
public static class FactorJacobian
{
    /// <summary>The derivative of all observations at a factor.</summary>
    /// <param name="measurements">A_i.</param>
    /// <param name="factor">U: (dimension, rank), float64.</param>
    /// <param name="threads">Threads, the calling one included.</param>
    /// <returns>(count, rank · dimension), float64: the entries of the transposed (rank, dimension) derivative, row by row.</returns>
    public static Tensor At(PackedMeasurements measurements, Tensor factor, int threads = 1)
    {
        var (dimension, rank) = ((int)factor.shape[0], (int)factor.shape[1]);
        var jacobian = zeros(measurements.Count, (long)rank * dimension, ScalarType.Float64);
        using var transposed = factor.detach().t().contiguous();   // (rank, dimension)
        var columns = TensorMemory.Doubles(transposed).ToArray();
        Parallel.For(0, measurements.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, () => new double[measurements.RowLength], (row, _, packed) =>
        {
            measurements.CopyRow(row, packed);
            ScaleToMatrix(packed, dimension);
            var size = rank * dimension;
            var derivative = TensorMemory.Doubles(jacobian).Slice(row * size, size);
            for (var column = 0; column < rank; column++)
                Multiply(packed, columns.AsSpan(column * dimension, dimension), derivative.Slice(column * dimension, dimension));
            return packed;
        }, _ => { });
        return jacobian;
    }

    /// <summary>Makes 2 A of a packed A: twice the diagonal, √2 times the packed rest, which then is twice the matrix.</summary>
    private static void ScaleToMatrix(Span<double> packed, int dimension)
    {
        var root = Math.Sqrt(2);
        for (int row = 0, at = 0; row < dimension; at += dimension - row, row++)
        {
            packed[at] *= 2;
            foreach (ref var entry in packed.Slice(at + 1, dimension - row - 1))
                entry *= root;
        }
    }

    /// <summary>A symmetric matrix of which the upper triangle is given, times a vector; added to the result.</summary>
    private static void Multiply(ReadOnlySpan<double> upper, ReadOnlySpan<double> vector, Span<double> result)
    {
        var at = 0;
        for (var row = 0; row < vector.Length; row++)
        {
            var length = vector.Length - row;
            result[row] += upper[at] * vector[row] + AddAndDot(upper.Slice(at + 1, length - 1), vector[(row + 1)..], vector[row], result[(row + 1)..]);
            at += length;
        }
    }

    /// <summary>Adds a multiple of the entries to the result, and returns their product with the vector.</summary>
    private static double AddAndDot(ReadOnlySpan<double> entries, ReadOnlySpan<double> vector, double weight, Span<double> result)
    {
        var (i, sum, factor) = (0, Vector<double>.Zero, new Vector<double>(weight));
        for (; i + Vector<double>.Count <= entries.Length; i += Vector<double>.Count)
        {
            var entry = new Vector<double>(entries[i..]);
            sum += entry * new Vector<double>(vector[i..]);
            (new Vector<double>(result[i..]) + factor * entry).CopyTo(result[i..]);
        }

        var dot = Vector.Sum(sum);
        for (; i < entries.Length; i++)
        {
            dot += entries[i] * vector[i];
            result[i] += weight * entries[i];
        }

        return dot;
    }
}
