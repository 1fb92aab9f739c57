namespace Nestor.Inference.Kernels;

/// <summary>Tiles of 32-bit floats: the block transposed.</summary>
internal sealed unsafe class F32Tiles : TileFormat
{
    public static readonly F32Tiles Instance = new();

    public override WeightType Type => WeightType.F32;

    public override void Pack(float* block, byte* tile)
    {
        for (var column = 0; column < Tile.Columns; column++)
        {
            for (var row = 0; row < Tile.Rows; row++)
                ((float*)tile)[column * Tile.Rows + row] = block[row * Tile.Columns + column];
        }
    }

    public override void Unpack(byte* tile, float* block)
    {
        for (var column = 0; column < Tile.Columns; column++)
        {
            for (var row = 0; row < Tile.Rows; row++)
                block[row * Tile.Columns + column] = ((float*)tile)[column * Tile.Rows + row];
        }
    }
}
