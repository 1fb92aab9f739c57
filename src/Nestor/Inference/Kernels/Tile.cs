namespace Nestor.Inference.Kernels;

/// <summary>The unit that packed weights are made of: 64 rows (outputs) by 32 columns (inputs), columns outermost.</summary>
/// <remarks>
/// One layout serves one token and many: a kernel holds 64 outputs in vector lanes, broadcasts one input after the other and reads the
/// tile as one stream, so nothing is ever summed across lanes. It also fixes the order of every sum: an output is one chain of
/// additions over ascending columns, whatever the vector width, the number of tokens and the split among threads. Rows and columns
/// that a matrix does not have are zero.
/// <code>
/// F32   [32 columns][64 rows]                                           8,192 bytes
/// BF16  [16 pairs][64 rows][2], the pair's first column in the upper half 4,096 bytes
/// F16   [16 pairs][64 rows][2], the pair's first column in the upper half 4,096 bytes
/// Q8    [8 quads][64 rows][4] of q + 128, then [64 rows] BF16 scales    2,176 bytes
/// Q4    [4 octets][64 rows][4] of q + 8, low nibbles the octet's first   1,152 bytes
///       four columns, high nibbles the others, then [64 rows] BF16 scales
/// </code>
/// </remarks>
internal static class Tile
{
    /// <summary>Outputs of a tile.</summary>
    public const int Rows = 64;

    /// <summary>Inputs of a tile; also the block that shares a scale in quantised types.</summary>
    public const int Columns = 32;

    /// <summary>Bytes of one tile; a multiple of a cache line.</summary>
    public static int Bytes(WeightType type) => type switch
    {
        WeightType.F32 => Rows * Columns * sizeof(float),
        WeightType.BF16 or WeightType.F16 => Rows * Columns * sizeof(ushort),
        WeightType.Q8 => Rows * (Columns + sizeof(ushort)),
        WeightType.Q4 => Rows * (Columns / 2 + sizeof(ushort)),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a weight type"),
    };
}
