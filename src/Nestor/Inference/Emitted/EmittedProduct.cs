using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>A product whose multiplication is emitted code and whose preparation is C#.</summary>
internal abstract class EmittedProduct(WeightType type) : ProductKernel
{
    public override WeightType Type => type;

    public override string Name => "emitted";
}
