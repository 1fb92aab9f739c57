using Nestor.Inference;
using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>The paper's rival to its rule (D.2): plans under the budget evolve by measured loss, with a fixed number of evaluations.</summary>
/// <remarks>
/// The first plans are random. Then two parents, each the best of a few drawn, are crossed layer by layer, one layer on average changes its width,
/// and the child takes the place of the worst. A plan over the budget is narrowed at random until it fits; a plan under it is widened until
/// nothing more fits.
/// </remarks>
public sealed class EvolutionarySearch
{
    // After so many plans in a row that were seen before, few new ones are left.
    private const int MostRepeats = 1000;

    private readonly PlanLimit limit;
    private readonly PlanLosses losses;
    private readonly EvolutionOptions options;
    private readonly Xoshiro256 random;
    private readonly List<(int[] Choices, double Loss)> population = [];

    private EvolutionarySearch(PlanLimit limit, PlanLosses losses, EvolutionOptions options) =>
        (this.limit, this.losses, this.options, random) = (limit, losses, options, new Xoshiro256(options.Seed));

    private WidthChoices Choices => limit.Choices;

    /// <summary>Searches.</summary>
    /// <param name="limit">What a plan may cost.</param>
    /// <param name="losses">What measures; plans it knows already count as evaluations too.</param>
    /// <param name="options">How to search.</param>
    /// <returns>The plan of least loss among those it saw.</returns>
    /// <exception cref="NestorException">An option is out of range.</exception>
    public static WidthPlan Select(PlanLimit limit, PlanLosses losses, EvolutionOptions options)
    {
        options.Validate();
        return new EvolutionarySearch(limit, losses, options).Run();
    }

    private WidthPlan Run()
    {
        var seen = new HashSet<WidthPlan>();
        for (var repeats = 0; seen.Count < options.Evaluations && repeats < MostRepeats;)
        {
            var young = population.Count < options.Population || repeats > options.Population;
            var choices = Fit(young ? Random() : Child());
            if (!seen.Add(Choices.Plan(choices)))
            {
                repeats++;
                continue;
            }

            repeats = 0;
            population.Add((choices, losses.Of(Choices.Plan(choices))));
            if (population.Count > options.Population)
                population.Remove(population.MaxBy(member => member.Loss));
        }

        return Choices.Plan(population.MinBy(member => member.Loss).Choices);
    }

    private int[] Random() => [.. Enumerable.Range(0, Choices.Layers).Select(layer => Below(Choices[layer].Length))];

    private int[] Child()
    {
        var (mother, father) = (Parent(), Parent());
        return [.. mother.Select((choice, layer) => Below(Choices.Layers) == 0 ? Below(Choices[layer].Length) : Below(2) == 0 ? choice : father[layer])];
    }

    private int[] Parent() => Enumerable.Range(0, options.Tournament).Select(_ => population[Below(population.Count)]).MinBy(member => member.Loss).Choices;

    /// <summary>Narrows layers at random until the plan fits, then widens layers at random as long as it does.</summary>
    private int[] Fit(int[] choices)
    {
        var order = Shuffled();
        while (limit.Costs.Of(choices) > limit.Most)
        {
            var wider = order.Where(layer => choices[layer] > 0).ToList();
            if (wider.Count == 0)
                return Cheapest();
            choices[wider[Below(wider.Count)]]--;
        }

        for (var widened = true; widened;)
        {
            widened = false;
            foreach (var layer in order.Where(layer => choices[layer] < Choices[layer].Length - 1))
            {
                choices[layer]++;
                var fits = limit.Costs.Of(choices) <= limit.Most;
                choices[layer] -= fits ? 0 : 1;
                widened |= fits;
            }
        }

        return choices;
    }

    /// <summary>The plan of least cost, for measured times of which a narrow layer's is not the least.</summary>
    private int[] Cheapest() => [.. Enumerable.Range(0, Choices.Layers).Select(layer => limit.Costs[layer].IndexOf(limit.Costs[layer].Min()))];

    private int[] Shuffled()
    {
        var order = Enumerable.Range(0, Choices.Layers).ToArray();
        for (var i = order.Length - 1; i > 0; i--)
        {
            var other = Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    private int Below(int count) => (int)(random.NextUnit() * count);
}
