using Nestor.Models;
using static TorchSharp.torch;

namespace Nestor.Training.Nested;

/// <summary>What one training step minimises: which granularities run, and how their losses add up.</summary>
public abstract record Objective
{
    /// <summary>Runs the step's granularities forward and backward, so that the gradients are in the parameters.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">What to learn from.</param>
    /// <param name="draw">The step's own random numbers: a function of seed and step number, so that resume and several ranks agree.</param>
    /// <param name="scale">Factor on the gradients, 1 / batches accumulated.</param>
    /// <returns>The cross-entropy of each granularity that ran, in nats per example.</returns>
    internal abstract IReadOnlyList<GranularityLoss> Backward(INestedModel model, TrainingBatch batch, StepRandom draw, double scale);

    /// <summary>The widest plan of a step, which bounds the neurons that a gradient can reach.</summary>
    internal virtual WidthPlan WidestPlan(INestedConfig config, StepRandom draw) => Uniform(config, config.Granularities[^1].Width);

    /// <summary>Checks that a model can be trained so.</summary>
    /// <exception cref="NestorException">The model has no granularities, or not the ones this objective needs.</exception>
    internal virtual void Validate(INestedConfig config)
    {
        if (config.Granularities.Count == 0)
            throw new NestorException("A model without granularities cannot be trained nested; give it at least one.");
    }

    private protected static WidthPlan Uniform(INestedConfig config, int width) => WidthPlan.Uniform(width, config.FullWidths.Layers);

    private protected static GranularityLoss Learn(INestedModel model, TrainingBatch batch, Granularity granularity, double scale)
    {
        using var scope = NewDisposeScope();
        var loss = model.Loss(batch, Uniform(model.Config, granularity.Width));
        (loss * scale).backward();
        return new GranularityLoss(granularity.Name, loss.item<float>());
    }
}
