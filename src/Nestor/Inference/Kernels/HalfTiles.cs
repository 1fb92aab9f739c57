namespace Nestor.Inference.Kernels;

/// <summary>Tiles of 16-bit floats in pairs of columns: BF16 or F16, rounded to the nearest, ties to even.</summary>
internal sealed unsafe class HalfTiles : TileFormat
{
    public static readonly HalfTiles BF16 = new(WeightType.BF16);
    public static readonly HalfTiles F16 = new(WeightType.F16);

    private HalfTiles(WeightType type) => Type = type;

    public override WeightType Type { get; }

    public override void Pack(float* block, byte* tile)
    {
        for (var row = 0; row < Tile.Rows; row++)
        {
            for (var column = 0; column < Tile.Columns; column++)
                ((ushort*)tile)[Place(row, column)] = Encode(block[row * Tile.Columns + column]);
        }
    }

    public override void Unpack(byte* tile, float* block)
    {
        for (var row = 0; row < Tile.Rows; row++)
        {
            for (var column = 0; column < Tile.Columns; column++)
                block[row * Tile.Columns + column] = Decode(((ushort*)tile)[Place(row, column)]);
        }
    }

    // [16 pairs][64 rows][2], little-endian: the pair's first column is the upper half, which comes second.
    private static int Place(int row, int column) => (column / 2 * Tile.Rows + row) * 2 + 1 - column % 2;

    private ushort Encode(float weight)
    {
        var code = Type == WeightType.BF16 ? BrainFloat.Round(weight) : BitConverter.HalfToUInt16Bits((Half)weight);
        return float.IsFinite(weight) && !float.IsFinite(Decode(code))
            ? throw new NestorException($"A weight of {weight:G4} is too large for {Type}; keep this matrix in a type with a larger range.")
            : code;
    }

    private float Decode(ushort code) => Type == WeightType.BF16 ? BrainFloat.Value(code) : (float)BitConverter.UInt16BitsToHalf(code);
}
