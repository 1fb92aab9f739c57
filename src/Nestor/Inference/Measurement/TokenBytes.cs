using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.Inference.Measurement;

/// <summary>Bytes that one decoded token reads: the tiles of the plan, norms and biases, and the keys and values of the tokens before it.</summary>
internal static class TokenBytes
{
    /// <summary>Counts them.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="plan">Neurons of each layer; a width is rounded up to whole tiles, as the kernels read it.</param>
    /// <param name="packing">Types of the weights.</param>
    /// <param name="position">Tokens in the cache, this one included.</param>
    public static double Of(ModelConfig config, WidthPlan plan, WeightPacking packing, double position)
    {
        var narrow = config with { FullWidths = plan, Granularities = [] };
        var head = config.TieEmbeddings ? TensorNames.Embedding : TensorNames.Head;
        var matrices = PackedTensor.All(narrow, packing).Where(matrix => matrix.Name == head || matrix.Name != TensorNames.Embedding).Sum(matrix => (double)matrix.ByteCount);
        var vectors = TensorNames.All(narrow).Where(tensor => tensor.Shape.Length == 1).Sum(tensor => tensor.Shape[0]);
        return matrices + sizeof(float) * (vectors + 2.0 * config.Layers * config.KeyValueHeads * config.HeadSize * position);
    }
}
