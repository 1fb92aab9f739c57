using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>A product in vector registers.</summary>
internal abstract unsafe class EmittedVectorProduct(WeightType type, RowKernels kernels) : EmittedProduct(type)
{
    public override void Multiply(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add) =>
        kernels.Multiply(tiles, inputs, inputStride, rows, output, outputStride, add);

    public override void MultiplyStreams(in TileStreams tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        if (rows > 1 || tiles.Turns != 2)
        {
            base.MultiplyStreams(tiles, inputs, inputStride, rows, output, outputStride, add);
            return;
        }

        for (var stream = 0; stream < tiles.Streams; stream++)
            kernels.MultiplyPair(tiles.Start + stream * tiles.StreamStride, tiles.TileStride, tiles.Count, inputs, output + stream * 2 * Tile.Rows, add);
    }
}
