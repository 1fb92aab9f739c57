using Nestor.Models;

namespace Nestor.Training.Nested;

/// <summary>One granularity per step, drawn at random: the paper's objective.</summary>
/// <param name="Probabilities">One for each granularity, narrowest first; empty for uniform.</param>
/// <remarks>
/// MatFormer (arXiv 2310.07707) §3.2, eq. 2. The same granularity for the whole batch and all layers. Uniform is the paper's choice for
/// most experiments; <see cref="FavouringTheWidest"/> is the row of its Table 6 that brings XL to the level of its baseline.
/// </remarks>
public sealed record SampledObjective(params IReadOnlyList<double> Probabilities) : Objective
{
    /// <summary>0.20 / 0.22 / 0.24 / 0.34 for S, M, L and XL (MatFormer, Table 6).</summary>
    public static SampledObjective FavouringTheWidest { get; } = new(0.20, 0.22, 0.24, 0.34);

    /// <summary>The granularity of a step.</summary>
    internal Granularity Draw(INestedConfig config, StepRandom draw)
    {
        var granularities = config.Granularities;
        var u = draw.NextDouble();
        if (Probabilities.Count == 0)
            return granularities[(int)(u * granularities.Count)];
        var last = granularities.Count - 1;
        for (var i = 0; i < last; i++)
        {
            u -= Probabilities[i];
            if (u < 0)
                return granularities[i];
        }

        return granularities[last];
    }

    internal override IReadOnlyList<GranularityLoss> Backward(INestedModel model, TrainingBatch batch, StepRandom draw, double scale) =>
        [Learn(model, batch, Draw(model.Config, draw), scale)];

    internal override WidthPlan WidestPlan(INestedConfig config, StepRandom draw) => Uniform(config, Draw(config, draw).Width);

    internal override void Validate(INestedConfig config)
    {
        base.Validate(config);
        if (Probabilities.Count == 0)
            return;
        if (Probabilities.Count != config.Granularities.Count)
            throw new NestorException($"{Probabilities.Count} probabilities were given for {config.Granularities.Count} granularities; give one for each.");
        if (Probabilities.Any(p => !(p >= 0)) || Math.Abs(Probabilities.Sum() - 1) > 1e-6)
            throw new NestorException($"The probabilities {string.Join("/", Probabilities)} must not be negative and must add up to 1.");
    }
}
