using Nestor.Inference;
using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>Bytes of a slice's weights in a file.</summary>
public static class WeightBytes
{
    /// <summary>Counts them: floats as a model folder stores them, 8 and 4 bits as <c>nestor quantize</c> packs the slice, padding and scales included.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="plan">Neurons of each layer.</param>
    /// <param name="type">Type of the matrices; a 4-bit model has an 8-bit embedding, and a packed one float norms.</param>
    /// <exception cref="NestorException">The plan does not fit the model.</exception>
    public static long Of(ModelConfig config, WidthPlan plan, WeightType type)
    {
        var count = ParameterCount.Of(config, plan);
        return type switch
        {
            WeightType.F32 => sizeof(float) * count.Total,
            WeightType.F16 or WeightType.BF16 => sizeof(ushort) * count.Total,
            _ => PackedTensor.All(config with { FullWidths = plan, Granularities = [] }, WeightPacking.Of(type)).Sum(matrix => matrix.ByteCount) + sizeof(float) * count.Norm,
        };
    }
}
