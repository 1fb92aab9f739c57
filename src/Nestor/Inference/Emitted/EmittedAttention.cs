using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Attention whose whole pages of 64 outputs are F32 tiles to the emitted product; what is left, and a lone row, is for managed code.</summary>
/// <param name="products">Multiplies F32 tiles.</param>
/// <param name="managed">Does everything else, with the same bits.</param>
internal sealed unsafe class EmittedAttention(EmittedFloatProduct products, AttentionKernel managed) : AttentionKernel
{
    private static readonly int TileBytes = Tile.Bytes(WeightType.F32);

    public override string Name => "emitted";

    public override void Multiply(
        float* panel, nint panelStride, int lanes, int columns, float* input, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        var tiles = rows > 1 && lanes == Tile.Rows && panelStride == Tile.Rows ? columns / Tile.Columns : 0;
        var whole = tiles * Tile.Columns;
        if (tiles > 0)
            products.Multiply(new((byte*)panel, TileBytes, tiles), (byte*)input, inputStride * sizeof(float), rows, output, outputStride, add);
        if (columns > whole)
            managed.Multiply(panel + whole * panelStride, panelStride, lanes, columns - whole, input + whole, inputStride, rows, output, outputStride, add || tiles > 0);
    }

    public override void Softmax(float* scores, int count, float scale) => managed.Softmax(scores, count, scale);
}
