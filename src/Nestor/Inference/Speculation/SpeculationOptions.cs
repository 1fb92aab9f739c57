using Nestor.Inference.Cache;
using Nestor.Models;

namespace Nestor.Inference;

/// <summary>Self-speculative decoding: narrow plans or cheaper weights of the model draft tokens, and the plan that decides reads several of them at once.</summary>
/// <remarks>
/// MatFormer (arXiv 2310.07707) §4.1.1; acceptance after Leviathan et al. (arXiv 2211.17192). The text is that of plain decoding: the
/// same tokens at temperature 0, tokens of the same distribution above it. There, a seed alone decides the text only if lengths
/// do not depend on the clock: with <see cref="Adaptive"/> off, or with <see cref="Costs"/>.
/// </remarks>
public sealed record SpeculationOptions
{
    /// <summary>Most tokens that <see cref="DraftTokens"/> can be.</summary>
    public const int MostDraftTokens = 64;

    /// <summary>
    /// The plans that draft, narrowest first, each at most as wide as the next and as the plan that decides. Of several, each verifies
    /// what the one before it drafts, and what comes out of that is its own draft (a cascade).
    /// </summary>
    public IReadOnlyList<WidthPlan> Drafts { get; init; } = [];

    /// <summary>
    /// The same model with cheaper weights, such as 4-bit ones, which runs the plans that draft; then also a plan as wide as the one that
    /// decides makes a good draft. If not given, the model that decides runs them all.
    /// </summary>
    public Decoder? DraftModel { get; init; }

    /// <summary>Most tokens drafted before they are verified.</summary>
    public int DraftTokens { get; init; } = 8;

    /// <summary>Whether the length of a draft follows its acceptance and costs, down to not drafting at all; otherwise it is always <see cref="DraftTokens"/>.</summary>
    public bool Adaptive { get; init; } = true;

    /// <summary>Whether to draft what followed the text's last tokens where they stood before (prompt lookup). Without a match the plans draft.</summary>
    public bool PromptLookup { get; init; }

    /// <summary>Most last tokens that prompt lookup searches for; longer matches come first.</summary>
    public int LongestMatch { get; init; } = 4;

    /// <summary>Fewest last tokens that prompt lookup searches for.</summary>
    public int ShortestMatch { get; init; } = 2;

    /// <summary>Whether the narrowest plan drafts its most probable tokens also where the text is sampled.</summary>
    public bool GreedyDrafts { get; init; }

    /// <summary>A token whose plan gives no token at least this probability (at temperature 1) is the last of its draft; 0 for no limit.</summary>
    public double StopBelow { get; init; }

    /// <summary>
    /// Whether every plan has a cache of its own, as separate models must. One cache serves all plans, and the plan that decides overwrites
    /// what the others wrote: that is faster, and this option exists to measure by how much.
    /// </summary>
    public bool SeparateCaches { get; init; }

    /// <summary>What plans cost, for <see cref="Adaptive"/> lengths that do not depend on the clock; measured while decoding if not given.</summary>
    public SpeculationCosts? Costs { get; init; }

    /// <summary>Throws one error that lists every problem of these options.</summary>
    /// <exception cref="NestorException">Some value is out of range, or nothing drafts.</exception>
    public void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
            throw new NestorException("These speculation options cannot be used: " + string.Join("; ", problems) + ".");
    }

    /// <summary>Checks that the plans fit the model and the plan that decides, and that the draft model is the same model.</summary>
    /// <exception cref="NestorException">A plan does not fit its model, drafts for a plan that is narrower somewhere, or the draft model has another shape.</exception>
    internal void Validate(ModelConfig config, WidthPlan decides)
    {
        var drafter = DraftModel?.Config ?? config;
        if (!new KvLayout(config).IsOf(drafter) || (drafter.VocabularySize, drafter.ContextLength) != (config.VocabularySize, config.ContextLength))
            throw new NestorException("The draft model is not the model it drafts for: its vocabulary, context, layers or heads differ. Give the same model with its weights in another type, such as nestor quantize writes.");
        foreach (var plan in Drafts)
            WidthPlanText.Validate(plan, drafter);
        string Name(WidthPlan plan) => WidthPlanText.Print(plan, config.Granularities);
        foreach (var (narrow, wide) in Drafts.Zip(Drafts.Skip(1).Append(decides)))
        {
            if (!narrow.FitsIn(wide))
                throw new NestorException($"The plan {Name(narrow)} cannot draft for {Name(wide)}, which is narrower in some layer; give plans narrowest first.");
        }
    }

    internal IEnumerable<string> Problems()
    {
        if (Drafts.Count == 0 && !PromptLookup)
            yield return "nothing drafts; give a draft plan or turn prompt lookup on";
        if (Drafts.Count == 0 && DraftModel is not null)
            yield return "there is a draft model and no draft plan for it to run; give one, such as the plan of the text";
        if (DraftTokens is < 1 or > MostDraftTokens)
            yield return $"the most tokens to draft are {DraftTokens} and must be from 1 to {MostDraftTokens}";
        if (ShortestMatch < 1 || ShortestMatch > LongestMatch)
            yield return $"prompt lookup searches for {ShortestMatch} to {LongestMatch} tokens; the least must be 1 or more and the most not less";
        if (!(StopBelow >= 0 && StopBelow <= 1))
            yield return $"drafts stop below a probability of {StopBelow}, which must be from 0 (no limit) to 1";
        if (Costs is not { } costs)
            yield break;
        if (costs.Drafts.Count != Drafts.Count)
            yield return $"there are {costs.Drafts.Count} costs for {Drafts.Count} draft plans";
        if (costs.Drafts.Append(costs.FurtherToken).Any(cost => !(cost >= 0) || !double.IsFinite(cost)))
            yield return $"the costs {string.Join(", ", costs.Drafts)} and {costs.FurtherToken} must be 0 or more";
    }
}
