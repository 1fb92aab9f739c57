namespace Nestor.Models;

/// <summary>What a cut at a plan asks of a model, and leaves of its granularities: the same for words and pictures.</summary>
internal static class PlanCut
{
    /// <summary>Checks that a model can be cut at a plan.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="origin">What the model itself was cut from, if it is a slice.</param>
    /// <param name="folder">Its folder, for errors.</param>
    /// <param name="plan">The plan.</param>
    /// <exception cref="NestorException">The plan does not fit the model.</exception>
    public static void Check(INestedConfig config, SliceOrigin? origin, string folder, WidthPlan plan)
    {
        if (origin is not null && !plan.FitsIn(config.FullWidths) && plan.FitsIn(origin.FullWidths))
            throw new NestorException($"The plan {plan} is wider than the model '{folder}', which is itself a slice at {config.FullWidths}; cut it from the universal model ({origin.FullWidths}).");
        WidthPlanText.Validate(plan, config);
    }

    /// <summary>The granularities that every layer of the plan still holds.</summary>
    public static IReadOnlyList<Granularity> Granularities(INestedConfig config, WidthPlan plan)
    {
        var narrowest = plan.AsSpan().ToArray().Min();
        return [.. config.Granularities.Where(granularity => granularity.Width <= narrowest)];
    }
}
