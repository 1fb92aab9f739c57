using Nestor.Models;

namespace Nestor.Inference;

/// <summary>How a drafter's tokens fared with the plan above it. Counts go on while the text is generated.</summary>
public sealed class DraftStatistics
{
    internal DraftStatistics(WidthPlan? plan) => Plan = plan;

    /// <summary>The plan that drafted; null for prompt lookup.</summary>
    public WidthPlan? Plan { get; }

    /// <summary>Drafts that were verified.</summary>
    public int Drafts { get; private set; }

    /// <summary>Tokens in them.</summary>
    public int DraftedTokens { get; private set; }

    /// <summary>Tokens of them that were accepted.</summary>
    public int AcceptedTokens { get; private set; }

    /// <summary>Tokens per draft; 0 without any.</summary>
    public double MeanDraftLength => Drafts == 0 ? 0 : (double)DraftedTokens / Drafts;

    /// <summary>Accepted tokens per draft; 0 without any. Each verification yields one token more.</summary>
    public double MeanAcceptedLength => Drafts == 0 ? 0 : (double)AcceptedTokens / Drafts;

    internal void Add(int drafted, int accepted)
    {
        Drafts++;
        DraftedTokens += drafted;
        AcceptedTokens += accepted;
    }
}
