using Nestor.Inference;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Kernels;

/// <summary>Random blocks of weights and their tiles.</summary>
internal static unsafe class Block
{
    public const int Size = Tile.Rows * Tile.Columns;

    /// <summary>64 x 32 weights of very different magnitudes; some rows are zero.</summary>
    public static float[] Random(int seed)
    {
        var random = new Random(seed);
        var block = new float[Size];
        for (var row = 0; row < Tile.Rows; row++)
        {
            var magnitude = random.Next(8) == 0 ? 0 : MathF.Pow(2, random.Next(-20, 10));
            for (var column = 0; column < Tile.Columns; column++)
                block[row * Tile.Columns + column] = magnitude * (2 * random.NextSingle() - 1);
        }

        return block;
    }

    /// <summary>The block in a tile of a type; 16 floats behind it are not numbers.</summary>
    public static FloatBuffer Pack(WeightType type, float[] block)
    {
        var tile = Pinned.Copy(new float[Tile.Bytes(type) / sizeof(float)]);
        TileFormat.Of(type).Pack(Pinned.Copy(block).Pointer, (byte*)tile.Pointer);
        return tile;
    }

    public static float[] Unpack(WeightType type, FloatBuffer tile)
    {
        var block = Pinned.Copy(new float[Size]);
        TileFormat.Of(type).Unpack((byte*)tile.Pointer, block.Pointer);
        return Pinned.Take(block, Size);
    }
}
