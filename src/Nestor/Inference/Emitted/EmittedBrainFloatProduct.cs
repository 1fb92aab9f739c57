namespace Nestor.Inference.Emitted;

/// <summary>Products with BF16 tiles. Subnormals count as zeros, in inputs, weights and sums.</summary>
internal sealed unsafe class EmittedBrainFloatProduct(RowKernels kernels) : EmittedVectorProduct(WeightType.BF16, kernels)
{
    public override int InputBytes => BrainFloatPairs.InputBytes;

    public override void Prepare(float* values, int tiles, byte* inputs) => BrainFloatPairs.Prepare(values, tiles, inputs);
}
