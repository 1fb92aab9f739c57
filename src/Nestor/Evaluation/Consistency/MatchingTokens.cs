namespace Nestor.Evaluation.Consistency;

/// <summary>How alike two models write after the same prefixes.</summary>
/// <remarks>MatFormer (arXiv 2310.07707) §3.4: the share of matching tokens that are generated for the same prefix. After the first difference each model goes on from its own text, so few tokens match by then.</remarks>
/// <param name="Share">Share of places at which both wrote the same token.</param>
/// <param name="CommonBeginning">Tokens until the first difference; the whole length where there is none.</param>
public sealed record MatchingTokens(SampleMean Share, SampleMean CommonBeginning)
{
    /// <summary>Compares texts.</summary>
    /// <param name="reference">What one model wrote after each prefix.</param>
    /// <param name="other">What the other wrote, as many tokens after each.</param>
    public static MatchingTokens Of(int[][] reference, int[][] other) => new(
        SampleMean.Of([.. reference.Zip(other, (a, b) => (double)a.Zip(b).Count(pair => pair.First == pair.Second) / a.Length)]),
        SampleMean.Of([.. reference.Zip(other, (a, b) => (double)a.AsSpan().CommonPrefixLength(b))]));
}
