using Nestor.Inference;

namespace Nestor.Models;

/// <summary>Which types a model's matrices are packed in.</summary>
/// <param name="Type">Attention and feed-forward matrices.</param>
/// <param name="EmbeddingType">The embedding, and the output head where it is not the same matrix.</param>
public sealed record WeightPacking(WeightType Type, WeightType EmbeddingType)
{
    /// <summary>The usual packing of a type: the type for everything, but 8 bits for the embedding and the head of a 4-bit model.</summary>
    /// <remarks>
    /// The head's rounding moves every score, and the embedding's every input, with no later layer trained to make up for it: in 4 bits
    /// they cost more loss than all other matrices together, while of the bytes they are a small part in all but the smallest models.
    /// </remarks>
    public static WeightPacking Of(WeightType type) => new(type, type == WeightType.Q4 ? WeightType.Q8 : type);

    /// <summary>The type as people write it: <c>Q8</c>, <c>Q4 with a Q8 embedding</c>.</summary>
    public override string ToString() => Type == EmbeddingType ? $"{Type}" : $"{Type} with a {EmbeddingType} embedding";
}
