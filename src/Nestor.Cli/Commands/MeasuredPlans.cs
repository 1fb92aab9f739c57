using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary>The plans a loss is measured at.</summary>
internal static class MeasuredPlans
{
    /// <summary>Every granularity that all layers hold, the whole model, and the plans asked for; each once.</summary>
    /// <exception cref="NestorException">A text is not a plan of the model.</exception>
    public static IReadOnlyList<WidthPlan> Of(INestedConfig config, string[] extra)
    {
        var granularities = config.Granularities.Select(g => WidthPlan.Uniform(g.Width, config.FullWidths.Layers)).Where(plan => plan.FitsIn(config.FullWidths));
        return [.. granularities.Append(config.FullWidths).Concat(extra.Select(text => WidthPlanText.Parse(text, config))).Distinct()];
    }
}
