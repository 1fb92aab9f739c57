using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary>The plans that a command looks at when none, or only others, are asked for.</summary>
internal static class GranularityPlans
{
    /// <summary>The granularities as far as the model still holds them, then the full model.</summary>
    public static IEnumerable<WidthPlan> Of(ModelConfig config) =>
        config.Granularities.Select(g => WidthPlan.Uniform(g.Width, config.Layers)).Where(plan => plan.FitsIn(config.FullWidths)).Append(config.FullWidths).Distinct();

    /// <summary>The plans of these texts, or the granularities where there is none.</summary>
    /// <exception cref="NestorException">A text is no plan for the model.</exception>
    public static IReadOnlyList<WidthPlan> Of(ModelConfig config, string[] texts) =>
        texts.Length == 0 ? [.. Of(config)] : [.. texts.Select(text => WidthPlanText.Parse(text, config)).Distinct()];
}
