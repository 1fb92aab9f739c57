namespace Nestor.MixNMatch;

/// <summary>The exact dynamic programme over layers: of all plans, those that are best at some cost.</summary>
/// <remarks>
/// Cost and loss are sums over layers. After each layer it keeps the partial plans that fewer than <c>depth</c> others beat or equal in both;
/// the others cannot be among the best <c>depth</c> at any budget, because the same later layers complete them all. This is exact for costs
/// of any kind, integers or not, where a table over costs would round them: rounding a sum keeps the order of its terms.
/// </remarks>
public sealed class PlanProgram
{
    private readonly LayerSum costs;
    private readonly List<List<Partial>> layers = [];
    private readonly int depth;

    /// <summary>Solves for every budget at once.</summary>
    /// <param name="costs">Costs of plans.</param>
    /// <param name="losses">Losses of plans, over the same choices.</param>
    /// <param name="depth">How many best plans <see cref="Best"/> can give.</param>
    public PlanProgram(LayerSum costs, LayerSum losses, int depth = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(depth);
        (this.costs, this.depth) = (costs, depth);
        List<Partial> partials = [new(costs.Fixed, losses.Fixed, Before: -1, Choice: -1)];
        for (var layer = 0; layer < costs.Choices.Layers; layer++)
        {
            var (cost, loss) = (costs[layer], losses[layer]);
            var longer = partials.SelectMany((partial, i) => cost.Select((_, choice) => new Partial(partial.Cost + cost[choice], partial.Loss + loss[choice], i, choice)));
            partials = Unbeaten(longer);
            layers.Add(partials);
        }
    }

    /// <summary>The frontier: for every budget the best plan, cheapest first.</summary>
    public IReadOnlyList<FrontierPoint> Frontier => MixNMatch.Frontier.Of(Enumerable.Range(0, layers[^1].Count).Select(Point));

    /// <summary>The best plans within a cost, best first; of equal losses the cheaper comes first.</summary>
    /// <param name="most">The most a plan may cost.</param>
    /// <param name="count">How many; at most the depth.</param>
    public IReadOnlyList<FrontierPoint> Best(double most, int count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, depth);
        var last = layers[^1];
        return [.. Enumerable.Range(0, last.Count).Where(i => last[i].Cost <= most).OrderBy(i => last[i].Loss).ThenBy(i => last[i].Cost).Take(count).Select(Point)];
    }

    /// <summary>Partial plans that fewer than <see cref="depth"/> beat or equal, by rising cost.</summary>
    private List<Partial> Unbeaten(IEnumerable<Partial> partials)
    {
        var kept = new List<Partial>();
        var best = new double[depth];
        Array.Fill(best, double.PositiveInfinity);
        foreach (var partial in partials.OrderBy(partial => partial.Cost).ThenBy(partial => partial.Loss))
        {
            if (!(partial.Loss < best[^1]))
                continue;
            kept.Add(partial);
            var place = best.AsSpan().BinarySearch(partial.Loss);
            place = place < 0 ? ~place : place;
            best.AsSpan(place, depth - 1 - place).CopyTo(best.AsSpan(place + 1));
            best[place] = partial.Loss;
        }

        return kept;
    }

    private FrontierPoint Point(int index)
    {
        var (cost, loss) = (layers[^1][index].Cost, layers[^1][index].Loss);
        var choices = new int[layers.Count];
        for (var layer = layers.Count - 1; layer >= 0; layer--)
            (choices[layer], index) = (layers[layer][index].Choice, layers[layer][index].Before);
        return new FrontierPoint(costs.Choices.Plan(choices), cost, loss);
    }

    /// <param name="Cost">Cost so far.</param>
    /// <param name="Loss">Loss so far.</param>
    /// <param name="Before">Index of the plan of the layers before.</param>
    /// <param name="Choice">This layer's width.</param>
    private readonly record struct Partial(double Cost, double Loss, int Before, int Choice);
}
