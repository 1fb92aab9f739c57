namespace Nestor.Inference;

/// <summary>Chooses tokens from scores. Not thread-safe: each draw advances its random numbers.</summary>
public sealed class Sampler
{
    private readonly SamplingOptions options;
    private readonly RankedTokens ranked = new();
    private readonly TokenDistribution distribution = new();

    /// <summary>Creates a sampler at the beginning of its seed's random numbers.</summary>
    /// <exception cref="NestorException">An option is out of range.</exception>
    public Sampler(SamplingOptions options)
    {
        options.Validate();
        this.options = options;
        Random = new Xoshiro256(options.Seed);
    }

    /// <summary>The seed's random numbers.</summary>
    internal Xoshiro256 Random { get; }

    /// <summary>Chooses one token.</summary>
    /// <param name="logits">(vocabulary) scores; negative infinity excludes a token.</param>
    /// <returns>The token's id. Of equally probable tokens, the first counts as the more probable.</returns>
    /// <exception cref="NestorException">A score is not a number or positive infinity, or no token is possible.</exception>
    public int Sample(ReadOnlySpan<float> logits)
    {
        Distribute(logits, distribution);
        return distribution.Draw(Random);
    }

    /// <summary>Yields what <see cref="Sample"/> draws from.</summary>
    /// <param name="logits">(vocabulary) scores; negative infinity excludes a token.</param>
    /// <param name="target">Receives it; certain at temperature 0.</param>
    /// <exception cref="NestorException">A score is not a number or positive infinity, or no token is possible.</exception>
    internal void Distribute(ReadOnlySpan<float> logits, TokenDistribution target)
    {
        var largest = Scores.MostProbable(logits);
        if (options.Temperature == 0)
        {
            target.SetCertain(largest);
            return;
        }

        if (options.TopK > 0 && options.TopK < logits.Length)
            target.SetBest(options.TopK, logits, ranked, logits[largest], options.Temperature);
        else
            target.SetAll(logits, logits[largest], options.Temperature);
        if (options.TopP < 1)
            target.KeepShare(options.TopP, logits, ranked);
        if (options.MinP > 0)
            target.KeepAtLeast(options.MinP); // the most probable token weighs 1
    }
}
