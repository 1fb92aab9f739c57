namespace Nestor.Inference.Kernels;

/// <summary>Tiles of 4-bit integers: <c>w ≈ q * scale</c> with one scale per row of 32 weights and <c>q</c> from -8 to 7.</summary>
/// <remarks>
/// As in llama.cpp's Q4_0 the scale is a -8th of the weight of largest magnitude, so that this weight uses the one code more that is negative.
/// Of the three BF16 numbers nearest to it, the one with the smallest squared error is taken.
/// </remarks>
internal sealed unsafe class Q4Tiles : TileFormat
{
    private const int Lowest = -8, Highest = 7;

    public static readonly Q4Tiles Instance = new();

    public override WeightType Type => WeightType.Q4;

    /// <summary>The integer of one weight.</summary>
    public static int Weight(byte* tile, int row, int column) => (tile[Place(row, column)] >> Shift(column) & 15) + Lowest;

    /// <summary>The scale of one row, of either sign.</summary>
    public static float Scale(byte* tile, int row) => BrainFloat.Value(Scales(tile)[row]);

    public override void Pack(float* block, byte* tile)
    {
        new Span<byte>(tile, Tile.Rows * Tile.Columns / 2).Clear();
        for (var row = 0; row < Tile.Rows; row++, block += Tile.Columns)
        {
            var scale = BestScale(block, BrainFloat.Round(QuantizedRow.Extreme(block) / Lowest));
            Scales(tile)[row] = scale;
            for (var column = 0; column < Tile.Columns; column++)
            {
                var code = QuantizedRow.Quantize(block[column], BrainFloat.Value(scale), Lowest, Highest) - Lowest;
                tile[Place(row, column)] |= (byte)(code << Shift(column));
            }
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

    private static ushort BestScale(float* row, ushort nearest)
    {
        var best = nearest;
        if ((nearest & 0x7FFF) == 0)
            return best;
        var least = QuantizedRow.SquaredError(row, BrainFloat.Value(nearest), Lowest, Highest);
        foreach (var scale in (ReadOnlySpan<ushort>)[(ushort)(nearest - 1), (ushort)(nearest + 1)])
        {
            var error = QuantizedRow.SquaredError(row, BrainFloat.Value(scale), Lowest, Highest);
            if (error < least)
                (best, least) = (scale, error);
        }

        return best;
    }

    private static int Place(int row, int column) => (column / 8 * Tile.Rows + row) * 4 + column % 4;

    private static int Shift(int column) => column % 8 / 4 * 4;

    private static ushort* Scales(byte* tile) => (ushort*)(tile + Tile.Rows * Tile.Columns / 2);
}
