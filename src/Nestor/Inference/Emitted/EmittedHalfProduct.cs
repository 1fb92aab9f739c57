using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Products with F16 tiles; prepared inputs are the activations themselves.</summary>
/// <remarks>A few rows widen the weights on their way through registers, many rows do it once.</remarks>
/// <param name="halves">Multiply F16 tiles.</param>
/// <param name="floats">Multiply F32 tiles.</param>
internal sealed unsafe class EmittedHalfProduct(RowKernels halves, WideTiles floats) : EmittedFloatProduct(WeightType.F16, halves)
{
    public override void Multiply(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        if (rows < WideTiles.Rows)
            base.Multiply(tiles, inputs, inputStride, rows, output, outputStride, add);
        else
            floats.Multiply(tiles, inputs, inputStride, rows, output, outputStride, add);
    }
}
