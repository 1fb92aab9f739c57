using Nestor.Models;
using static TorchSharp.torch;

namespace Nestor.Training.Nested;

/// <summary>The whole model in every step, each layer at its own width: how a model that is not nested is trained, a pruned one with unequal layers too.</summary>
public sealed record WholeObjective : Objective
{
    /// <summary>What its loss is called.</summary>
    public const string Name = "whole";

    internal override IReadOnlyList<GranularityLoss> Backward(INestedModel model, TrainingBatch batch, StepRandom draw, double scale)
    {
        using var scope = NewDisposeScope();
        var loss = model.Loss(batch, model.Config.FullWidths);
        (loss * scale).backward();
        return [new GranularityLoss(Name, loss.item<float>())];
    }

    internal override WidthPlan WidestPlan(INestedConfig config, StepRandom draw) => config.FullWidths;

    internal override void Validate(INestedConfig config)
    {
    }
}
