namespace Nestor.Inference.Kernels;

/// <summary>How rows are split among register tiles of 6, 4, 3, 2 and 1 row.</summary>
internal static class RowSplit
{
    /// <summary>Rows of the largest tile.</summary>
    public const int Most = 6;

    /// <summary>Rows of the next tile. 5, 7 and 8 rows are 3 and 2, 4 and 3, 4 and 4: what follows a full tile should not be a single row, which uses the registers badly.</summary>
    public static int Next(int rows) => rows switch
    {
        5 => 3,
        7 or 8 => 4,
        _ => Math.Min(rows, Most),
    };
}
