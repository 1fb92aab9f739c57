namespace Nestor.Cli.Voting;

/// <summary>How a committee withstood attacks on its members, on its pairs and on its vote; whatever any of them found counts for everything that it fools.</summary>
/// <param name="Members">Each member, narrowest first.</param>
/// <param name="Pairs">Each two of them.</param>
/// <param name="Parameters">Weights that have to be kept for all members.</param>
/// <param name="Clean">The share of unperturbed images that the vote answers rightly.</param>
/// <param name="Abstention">The share of unperturbed images that it does not answer.</param>
/// <param name="Counted">The share of images at which a majority of the members holds alone.</param>
/// <param name="Holds">Whether the vote holds at each image.</param>
/// <param name="Gradients">Gradients that all attacks took.</param>
/// <param name="Seconds">How long they took.</param>
internal sealed record CommitteeMeasure(
    IReadOnlyList<MemberMeasure> Members, IReadOnlyList<PairMeasure> Pairs, long Parameters, double Clean, double Abstention, double Counted, IReadOnlyList<bool> Holds, long Gradients, double Seconds)
{
    /// <summary>The share of images at which the vote holds.</summary>
    public double Robust => Holds.Count(holds => holds) / (double)Holds.Count;
}

/// <summary>One member alone.</summary>
/// <param name="Size">Its granularity.</param>
/// <param name="Loss">What it was trained by.</param>
/// <param name="Clean">The share of unperturbed images answered rightly.</param>
/// <param name="Robust">The share of images at which it holds.</param>
internal sealed record MemberMeasure(string Size, string Loss, double Clean, double Robust);

/// <summary>Two members.</summary>
/// <param name="Names">Their sizes.</param>
/// <param name="BothFail">The share of images at which each of them falls to something.</param>
/// <param name="FailAtOnce">The share of images at which one perturbation makes both wrong.</param>
/// <param name="Alignment">Mean cosine of the gradients of their cross-entropies at the unperturbed images.</param>
internal sealed record PairMeasure(string Names, double BothFail, double FailAtOnce, double Alignment)
{
    /// <summary>The share of images at which both fail, but never at once: what a vote gains from them.</summary>
    public double Disjointness => BothFail - FailAtOnce;
}
