using System.Runtime.CompilerServices;
using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Writes a tile of one type as a tile of a wider one.</summary>
internal unsafe delegate void TileWidening(byte* tile, byte* wide);

/// <summary>Multiplies with many rows: some tiles at a time are widened, once for all rows, to what kernels read with less work.</summary>
/// <param name="kernels">Multiply the wide tiles.</param>
/// <param name="type">Type of the wide tiles.</param>
/// <param name="inputBytes">Bytes of 32 prepared inputs.</param>
/// <param name="widening">Widens one tile.</param>
internal sealed unsafe class WideTiles(RowKernels kernels, WeightType type, int inputBytes, TileWidening widening)
{
    /// <summary>Fewest rows that are worth it.</summary>
    public const int Rows = 32;

    // With the rows' inputs they should fit in the first-level cache.
    private const int Bytes = 16 << 10, Alignment = 64;

    private readonly int tileBytes = Tile.Bytes(type), together = Bytes / Tile.Bytes(type);

    /// <summary>See <see cref="ProductKernel.Multiply"/>.</summary>
    [SkipLocalsInit]
    public void Multiply(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        var memory = stackalloc byte[Bytes + Alignment];
        var wide = (byte*)(((nuint)memory + Alignment - 1) / Alignment * Alignment);
        var tile = tiles.Start;
        for (var first = 0; first < tiles.Count; first += together)
        {
            var taken = Math.Min(together, tiles.Count - first);
            for (var i = 0; i < taken; i++, tile += tiles.Stride)
                widening(tile, wide + i * tileBytes);
            kernels.Multiply(new(wide, tileBytes, taken), inputs + (nint)first * inputBytes, inputStride, rows, output, outputStride, add || first > 0);
        }
    }
}
