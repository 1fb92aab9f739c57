using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted.Matrices;

/// <summary>Products with BF16 tiles in matrix registers. Subnormals count as zeros, in inputs, weights and sums.</summary>
internal sealed unsafe class MatrixProduct(MatrixKernels kernels) : EmittedProduct(WeightType.BF16)
{
    public override string Name => "emitted AMX";

    public override SumOrder Order => SumOrder.Pairs;

    public override int InputBytes => BrainFloatPairs.InputBytes;

    public override void Prepare(float* values, int tiles, byte* inputs) => BrainFloatPairs.Prepare(values, tiles, inputs);

    public override void Multiply(byte* tiles, nint tileStride, int count, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add) =>
        kernels.Multiply(tiles, tileStride, count, inputs, inputStride, rows, output, outputStride, add);
}
