using Nestor.Models;

namespace Nestor.Training.Pruning;

/// <summary>One threshold for all layers gives every layer its width, and all thresholds a way from the smallest model to the whole one.</summary>
/// <remarks>
/// Layer l keeps the neurons with <c>s_lj / S_l &gt; threshold</c>, where S_l is the norm of the layer's scores: scores of different layers cannot be compared as they are, but
/// for norms after a group lasso, which asked the same of all; there S_l is 1. Plans of falling thresholds hold one another, and after sorting each is a prefix. Widths are rounded up
/// to a multiple, for kernels work in tiles.
/// </remarks>
public sealed class WidthFrontier
{
    /// <summary>Finds the way.</summary>
    /// <param name="scores">Scores of feed-forward neurons, first layer first.</param>
    /// <param name="multiple">What widths are rounded up to; a layer that is narrower, or no multiple, may be kept whole.</param>
    /// <param name="areComparable">Whether scores of different layers are compared as they are.</param>
    /// <exception cref="NestorException">The multiple is not positive.</exception>
    public WidthFrontier(IReadOnlyList<UnitScores> scores, int multiple, bool areComparable = false)
    {
        if (multiple < 1)
            throw new NestorException($"Widths cannot be rounded to a multiple of {multiple}; give 1 or more.");
        var widths = scores.Select(block => Math.Min(multiple, block.Groups.Count)).ToArray();
        var counts = new int[scores.Count];
        List<WidthPlan> plans = [new(widths)];
        foreach (var (layer, _) in Shares(scores, areComparable).OrderByDescending(unit => unit.Share))
        {
            if (++counts[layer] <= widths[layer])
                continue;
            widths[layer] = Math.Min(widths[layer] + multiple, scores[layer].Groups.Count);
            plans.Add(new(widths));
        }

        Plans = plans;
    }

    /// <summary>The plans, narrowest first; each holds the one before it, and the last is the whole model.</summary>
    public IReadOnlyList<WidthPlan> Plans { get; }

    /// <summary>The widest plan that costs no more than <paramref name="most"/>; null where even the narrowest costs more.</summary>
    /// <param name="cost">What a plan costs; more for a wider one.</param>
    /// <param name="most">The most it may cost.</param>
    public WidthPlan? Within(Func<WidthPlan, decimal> cost, decimal most)
    {
        var (from, to) = (0, Plans.Count);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (cost(Plans[middle]) <= most)
                from = middle + 1;
            else
                to = middle;
        }

        return from == 0 ? null : Plans[from - 1];
    }

    private static IEnumerable<(int Layer, double Share)> Shares(IReadOnlyList<UnitScores> scores, bool areComparable)
    {
        for (var layer = 0; layer < scores.Count; layer++)
        {
            var norm = areComparable ? 1 : scores[layer].Norm;
            foreach (var value in scores[layer].Values)
                yield return (layer, norm > 0 ? value / norm : 0);
        }
    }
}
