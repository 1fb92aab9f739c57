using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>Floating-point operations of one token: two for each weight it is multiplied with, and two for each product of attention.</summary>
public static class TokenFlops
{
    /// <summary>Counts them; norms, rotations and activations, which are few, are left out.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="plan">Neurons of each layer.</param>
    /// <param name="position">Tokens that attention looks at, this one included.</param>
    /// <exception cref="NestorException">The plan does not fit the model.</exception>
    public static double Of(ModelConfig config, WidthPlan plan, double position)
    {
        var count = ParameterCount.Of(config, plan);
        var head = (double)config.HiddenSize * config.VocabularySize;
        var scoresAndMix = 2.0 * config.Layers * config.Heads * config.HeadSize * position;
        return 2 * (count.Attention + count.FeedForward + head + scoresAndMix);
    }
}
