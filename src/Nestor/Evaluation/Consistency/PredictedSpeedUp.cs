using Nestor.Inference.Speculation;

namespace Nestor.Evaluation.Consistency;

/// <summary>How much faster than alone a model decodes with a drafter, by acceptance and costs.</summary>
/// <remarks>
/// Leviathan et al. 2023 (arXiv 2211.17192), Theorem 3.8: with acceptance α, drafts of γ tokens and c the cost of a drafted token in units of
/// one of the model's, <c>(1 - α^(γ+1)) / ((1 - α) (γ c + v))</c>. There reading γ + 1 tokens at once costs as much as one, <c>v = 1</c>; here v is
/// what it costs. It takes α to be the same at every place.
/// </remarks>
/// <param name="DraftLength">The γ that is fastest; 0 where drafting does not pay.</param>
/// <param name="Ratio">Tokens per time over those without drafts: 1 or more.</param>
internal sealed record PredictedSpeedUp(int DraftLength, double Ratio)
{
    /// <summary>The best speed-up with drafts of at most <paramref name="most"/> tokens.</summary>
    /// <param name="acceptance">α, 0 to 1.</param>
    /// <param name="draftCost">Cost of a drafted token.</param>
    /// <param name="verifier">Costs of the model in the same unit.</param>
    /// <param name="most">Most tokens of a draft.</param>
    public static PredictedSpeedUp Of(double acceptance, double draftCost, ReadingCost verifier, int most)
    {
        var (length, yield) = Inference.Speculation.DraftLength.Best(acceptance, draftCost, verifier, most);
        return new PredictedSpeedUp(length, yield * verifier.Of(1));
    }
}
