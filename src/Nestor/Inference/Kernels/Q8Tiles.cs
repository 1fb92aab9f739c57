namespace Nestor.Inference.Kernels;

/// <summary>Tiles of 8-bit integers: <c>w ≈ q * scale</c> with one scale per row of 32 weights and <c>q</c> from -127 to 127.</summary>
/// <remarks>The scale is <c>max|w| / 127</c> rounded up to BF16, so that no weight is clipped and the error is at most half a scale.</remarks>
internal sealed unsafe class Q8Tiles : TileFormat
{
    public static readonly Q8Tiles Instance = new();

    public override WeightType Type => WeightType.Q8;

    /// <summary>The integer of one weight.</summary>
    public static int Weight(byte* tile, int row, int column) => tile[Place(row, column)] - 128;

    /// <summary>The scale of one row.</summary>
    public static float Scale(byte* tile, int row) => BrainFloat.Value(Scales(tile)[row]);

    public override void Pack(float* block, byte* tile)
    {
        for (var row = 0; row < Tile.Rows; row++, block += Tile.Columns)
        {
            var scale = CoveringScale(MathF.Abs(QuantizedRow.Extreme(block)));
            Scales(tile)[row] = scale;
            for (var column = 0; column < Tile.Columns; column++)
                tile[Place(row, column)] = (byte)(QuantizedRow.Quantize(block[column], BrainFloat.Value(scale), -127, 127) + 128);
        }
    }

    public override void Unpack(byte* tile, float* block)
    {
        for (var row = 0; row < Tile.Rows; row++)
        {
            for (var column = 0; column < Tile.Columns; column++)
                block[row * Tile.Columns + column] = Weight(tile, row, column) * Scale(tile, row);
        }
    }

    // The smallest BF16 whose 127-fold reaches the largest magnitude. In double precision that product is exact.
    private static ushort CoveringScale(float largest)
    {
        var scale = BrainFloat.Round(largest / 127);
        while (127.0 * BrainFloat.Value(scale) < largest)
            scale++;
        return scale;
    }

    private static int Place(int row, int column) => (column / 4 * Tile.Rows + row) * 4 + column % 4;

    private static ushort* Scales(byte* tile) => (ushort*)(tile + Tile.Rows * Tile.Columns);
}
