namespace Nestor.Inference.Kernels;

/// <summary>How rows are split among register tiles of at most 6.</summary>
internal static class RowSplit
{
    /// <summary>Rows of the largest tile.</summary>
    public const int Most = 6;

    /// <summary>Rows of the next tile. 7 and 8 rows are 4 and 3, 4 and 4: few rows use the registers badly.</summary>
    public static int Next(int rows) => rows is 7 or 8 ? 4 : Math.Min(rows, Most);
}
