using Nestor.Models;
using static TorchSharp.torch;

namespace Nestor.Training.Nested;

/// <summary>Every granularity in every step, losses added: the objective of the paper's first version and of its public code.</summary>
/// <param name="Mean">Whether the losses are averaged; a sum makes the gradient, and so clipping, as many times larger as there are granularities.</param>
public sealed record JointObjective(bool Mean = true) : Objective
{
    internal override IReadOnlyList<GranularityLoss> Backward(Func<WidthPlan, Tensor> logits, Tensor targets, ModelConfig config, CounterRandom draw, double scale)
    {
        var share = Mean ? scale / config.Granularities.Count : scale;
        var losses = new List<GranularityLoss>();
        foreach (var (name, width) in config.Granularities)
        {
            using var scope = NewDisposeScope();
            losses.Add(new GranularityLoss(name, BackwardCrossEntropy(logits(Uniform(config, width)), targets, share)));
        }

        return losses;
    }

    internal override WidthPlan WidestPlan(ModelConfig config, CounterRandom draw) => Uniform(config, config.Granularities[^1].Width);
}
