using Nestor.Inference.Kernels;

namespace Nestor.Inference.Weights;

/// <summary>One row of a tile as floats, without unpacking the other 63: how an embedding is looked up.</summary>
/// <remarks>The same values as <see cref="TileFormat.Unpack"/>; the layouts stand at <see cref="Tile"/>.</remarks>
internal static unsafe class TileRow
{
    // Bytes from one column of F32, or pair of columns of BF16 and F16, to the next: 64 rows of 4 bytes.
    private const int Step = Tile.Rows * sizeof(uint);

    /// <summary>Reads one row.</summary>
    /// <param name="type">Type of the tile.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="row">Row within the tile, 0 to 63.</param>
    /// <param name="values">(32) receives the weights.</param>
    public static void Read(WeightType type, byte* tile, int row, Span<float> values)
    {
        var words = tile + row * sizeof(uint);
        switch (type)
        {
            case WeightType.F32:
                for (var column = 0; column < Tile.Columns; column++)
                    values[column] = *(float*)(words + column * Step);
                break;
            case WeightType.BF16:
                for (var pair = 0; pair < Tile.Columns / 2; pair++)
                {
                    var word = *(uint*)(words + pair * Step);
                    values[2 * pair] = BitConverter.UInt32BitsToSingle(word & 0xFFFF_0000);
                    values[2 * pair + 1] = BitConverter.UInt32BitsToSingle(word << 16);
                }

                break;
            case WeightType.F16:
                for (var pair = 0; pair < Tile.Columns / 2; pair++)
                {
                    var word = *(uint*)(words + pair * Step);
                    values[2 * pair] = (float)BitConverter.UInt16BitsToHalf((ushort)(word >> 16));
                    values[2 * pair + 1] = (float)BitConverter.UInt16BitsToHalf((ushort)word);
                }

                break;
            case WeightType.Q8:
                var scale8 = Q8Tiles.Scale(tile, row);
                for (var column = 0; column < Tile.Columns; column++)
                    values[column] = Q8Tiles.Weight(tile, row, column) * scale8;
                break;
            case WeightType.Q4:
                var scale4 = Q4Tiles.Scale(tile, row);
                for (var column = 0; column < Tile.Columns; column++)
                    values[column] = Q4Tiles.Weight(tile, row, column) * scale4;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "not a weight type");
        }
    }
}
