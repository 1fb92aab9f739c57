using Nestor.Inference.Weights;

namespace Nestor.Inference.Vision;

/// <summary>The weights of one layer of a vision transformer. Norms and biases are zero up to the next multiple of 64 floats, so that they fill whole panels.</summary>
internal sealed class VisionLayerWeights
{
    /// <summary>(hidden)</summary>
    public required NormVectors AttentionNorm { get; init; }

    /// <summary>(hidden, hidden)</summary>
    public required BiasedMatrix Query { get; init; }

    /// <summary>(hidden, hidden)</summary>
    public required BiasedMatrix Key { get; init; }

    /// <summary>(hidden, hidden)</summary>
    public required BiasedMatrix Value { get; init; }

    /// <summary>(hidden, hidden)</summary>
    public required BiasedMatrix Output { get; init; }

    /// <summary>(hidden)</summary>
    public required NormVectors FeedForwardNorm { get; init; }

    /// <summary>(width, hidden)</summary>
    public required BiasedMatrix Up { get; init; }

    /// <summary>(hidden, width), columns first: a width is a prefix.</summary>
    public required BiasedMatrix Down { get; init; }
}

/// <summary>A matrix in tiles, and what is added to its outputs.</summary>
/// <param name="Matrix">(outputs, inputs)</param>
/// <param name="Bias">(outputs), zeros up to the next multiple of 64.</param>
internal sealed record BiasedMatrix(PackedMatrix Matrix, FloatBuffer Bias);

/// <summary>What LayerNorm multiplies by and adds.</summary>
/// <param name="Weight">(hidden), zeros up to the next multiple of 64.</param>
/// <param name="Bias">(hidden), zeros up to the next multiple of 64.</param>
internal sealed record NormVectors(FloatBuffer Weight, FloatBuffer Bias);
