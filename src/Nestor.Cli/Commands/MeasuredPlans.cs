using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary>The plans that something is measured at.</summary>
internal static class MeasuredPlans
{
    /// <summary>Every granularity that all layers hold, the whole model, and the plans asked for; each once.</summary>
    /// <exception cref="NestorException">A text is not a plan of the model.</exception>
    public static IReadOnlyList<WidthPlan> Of(INestedConfig config, string[] extra)
    {
        var granularities = config.Granularities.Select(g => WidthPlan.Uniform(g.Width, config.FullWidths.Layers)).Where(plan => plan.FitsIn(config.FullWidths));
        return [.. granularities.Append(config.FullWidths).Concat(extra.Select(text => WidthPlanText.Parse(text, config))).Distinct()];
    }

    /// <summary>The plans asked for, each once; if there is none, the granularities and the whole model.</summary>
    /// <exception cref="NestorException">A text is not a plan of the model.</exception>
    public static IReadOnlyList<WidthPlan> Instead(ModelConfig config, string[] wanted) =>
        wanted.Length == 0 ? Of(config, []) : [.. wanted.Select(text => WidthPlanText.Parse(text, config)).Distinct()];
}
