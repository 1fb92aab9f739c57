using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>A product whose multiplication is emitted code and whose preparation is C#.</summary>
internal abstract unsafe class EmittedProduct(WeightType type, RowKernels kernels) : ProductKernel
{
    public override WeightType Type => type;

    public override string Name => "emitted";

    public override void Multiply(byte* tiles, nint tileStride, int count, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add) =>
        kernels.Multiply(tiles, tileStride, count, inputs, inputStride, rows, output, outputStride, add);

    public override void MultiplyOne(byte* tiles, nint tileStride, int panels, int count, byte* inputs, float* output, bool add)
    {
        if (panels == 2)
            kernels.MultiplyPair(tiles, tileStride, count, inputs, output, add);
        else
            base.MultiplyOne(tiles, tileStride, panels, count, inputs, output, add);
    }
}
