namespace Nestor.Training.Sensing;

/// <summary>A symmetric matrix as the vector of its upper triangle, row by row, off-diagonal entries times √2 ("svec"): inner products are the same.</summary>
internal static class SymmetricVector
{
    private static readonly double Root2 = Math.Sqrt(2);

    /// <summary>Entries for a matrix of <paramref name="dimension"/> rows: d(d+1)/2.</summary>
    public static int Length(int dimension) => checked((int)((long)dimension * (dimension + 1) / 2));

    /// <summary>Packs the symmetric part of a matrix in row-major order.</summary>
    public static void Pack(ReadOnlySpan<double> matrix, int dimension, Span<double> packed)
    {
        var at = 0;
        for (var row = 0; row < dimension; row++)
        {
            packed[at++] = matrix[row * dimension + row];
            for (var column = row + 1; column < dimension; column++)
                packed[at++] = (matrix[row * dimension + column] + matrix[column * dimension + row]) / Root2;
        }
    }

    /// <summary>The whole matrix of a packed one, times <paramref name="scale"/>.</summary>
    public static void Unpack(ReadOnlySpan<double> packed, int dimension, double scale, Span<double> matrix)
    {
        var (at, offDiagonal) = (0, scale / Root2);
        for (var row = 0; row < dimension; row++)
        {
            matrix[row * dimension + row] = scale * packed[at++];
            for (var column = row + 1; column < dimension; column++)
                matrix[row * dimension + column] = matrix[column * dimension + row] = offDiagonal * packed[at++];
        }
    }
}
