namespace Nestor.Inference.Emitted;

/// <summary>Products with tiles of floats; prepared inputs are the activations themselves.</summary>
internal unsafe class EmittedFloatProduct(WeightType type, RowKernels kernels) : EmittedVectorProduct(type, kernels)
{
    public override int InputBytes => FloatCode.InputBytes;

    public override void Prepare(float* values, int tiles, byte* inputs)
    {
        var bytes = (long)tiles * InputBytes;
        Buffer.MemoryCopy(values, inputs, bytes, bytes);
    }
}
