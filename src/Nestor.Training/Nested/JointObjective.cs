namespace Nestor.Training.Nested;

/// <summary>Every granularity in every step, losses added: the objective of the paper's first version and of its public code.</summary>
/// <param name="Mean">Whether the losses are averaged; a sum makes the gradient, and so clipping, as many times larger as there are granularities.</param>
public sealed record JointObjective(bool Mean = true) : Objective
{
    internal override IReadOnlyList<GranularityLoss> Backward(INestedModel model, TrainingBatch batch, StepRandom draw, double scale)
    {
        var granularities = model.Config.Granularities;
        var share = Mean ? scale / granularities.Count : scale;
        return [.. granularities.Select(granularity => Learn(model, batch, granularity, share))];
    }
}
