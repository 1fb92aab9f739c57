using CsCheck;
using Nestor.MixNMatch;
using Nestor.Models;

namespace Nestor.Tests.MixNMatch;

/// <summary>Small selection problems whose plans can all be listed.</summary>
internal static class Problems
{
    /// <summary>A model of up to five layers, of equal or different widths, with two to four granularities.</summary>
    public static readonly Gen<ModelConfig> Configs =
        from granularities in Gen.Int[2, 4]
        from full in Gen.Int[1, granularities].Array[1, 5]
        select Formats.RandomModel.Config() with
        {
            FullWidths = new WidthPlan([.. full.Select((widest, layer) => 2 << (layer == 0 ? granularities : widest))]),
            Granularities = [.. Enumerable.Range(1, granularities).Select(i => new Granularity($"G{i}", 2 << i))],
        };

    /// <summary>The widths of such a model.</summary>
    public static readonly Gen<WidthChoices> Choices = Configs.Select(config => new WidthChoices(config));

    /// <summary>Costs that rise with width, as parameters, or in any order, as measured times may; and losses of any size.</summary>
    public static readonly Gen<(LayerSum Costs, LayerSum Losses)> Sums =
        from choices in Choices
        from whole in Gen.Bool
        from costs in Parts(choices, whole)
        from losses in Parts(choices, whole)
        select (new LayerSum(choices, 3, costs), new LayerSum(choices, 2, losses));

    /// <summary>Every plan of a model.</summary>
    public static IEnumerable<WidthPlan> All(WidthChoices choices)
    {
        IEnumerable<int[]> plans = [[]];
        for (var layer = 0; layer < choices.Layers; layer++)
        {
            var widths = choices[layer];
            plans = plans.SelectMany(plan => widths.Select(width => (int[])[.. plan, width]));
        }

        return plans.Select(widths => new WidthPlan(widths));
    }

    /// <summary>A limit between the least and the most that plans cost.</summary>
    public static PlanLimit Limit(LayerSum costs, double share) => new(costs, Math.Max(costs.Least, costs.Least + share * (costs.Most - costs.Least)));

    // Small whole numbers collide often, fractions never.
    private static Gen<double[][]> Parts(WidthChoices choices, bool whole)
    {
        var sizes = Enumerable.Range(0, choices.Layers).Select(layer => choices[layer].Length).ToList();
        return (whole ? Gen.Int[0, 4].Select(i => (double)i) : Gen.Double[0, 1]).Array[sizes.Sum()]
            .Select(all => sizes.Select((size, layer) => all[sizes[..layer].Sum()..][..size]).ToArray());
    }
}
