namespace Nestor.Inference.Speculation;

/// <summary>A drafter in the service of a plan: its current draft, the length of the next one, and how it has fared.</summary>
internal sealed class DraftSource(IDrafter drafter, SpeculationOptions options)
{
    private readonly DraftLength length = new(options.DraftTokens, options.Adaptive);
    private int chosen;

    public IDrafter Drafter => drafter;

    public Draft Draft { get; } = new();

    public DraftStatistics Statistics { get; } = new(drafter.Plan);

    /// <summary>What the decided length yields, tokens per cost; 0 where that is not to draft, or has been tried.</summary>
    public double Yield { get; private set; }

    /// <summary>The most tokens per cost that drafts of any length are thought to yield, also those of no length.</summary>
    public double BestYield(ReadingCost reading) => DraftLength.Best(length.Acceptance, drafter.TokenCost, reading, options.DraftTokens).Yield;

    /// <summary>Decides the length of the next draft.</summary>
    public void Decide(ReadingCost reading, int room)
    {
        (chosen, var yield) = length.Decide(drafter.TokenCost, reading, room);
        Yield = chosen > 0 ? yield : 0;
    }

    /// <summary>Drafts as decided; the text goes on with the draft. False if nothing came.</summary>
    public bool TryDraft(List<int> text)
    {
        Yield = 0;
        Draft.Clear();
        drafter.Draft(text, chosen, Draft);
        return Draft.Tokens.Count > 0;
    }

    /// <summary>Takes note of how many tokens of the draft were accepted.</summary>
    public void Learn(int accepted)
    {
        length.Learn(Draft.Tokens.Count, accepted);
        Statistics.Add(Draft.Tokens.Count, accepted);
    }
}
