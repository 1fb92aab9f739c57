using Nestor.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Nested;

/// <summary>What one training step minimises: which granularities run, and how their losses add up.</summary>
public abstract record Objective
{
    /// <summary>Runs the step's granularities forward and backward, so that the gradients are in the parameters.</summary>
    /// <param name="logits">The model: a plan to its logits, (examples, classes).</param>
    /// <param name="targets">(examples), int64.</param>
    /// <param name="config">The model's shape and granularities.</param>
    /// <param name="draw">The step's own random numbers: a function of seed and step number, so that resume and several ranks agree.</param>
    /// <param name="scale">Factor on the gradients, 1 / steps accumulated.</param>
    /// <returns>The loss of each granularity that ran, in nats per example.</returns>
    internal abstract IReadOnlyList<GranularityLoss> Backward(Func<WidthPlan, Tensor> logits, Tensor targets, ModelConfig config, CounterRandom draw, double scale);

    /// <summary>The widest plan of a step, which bounds the neurons that a gradient can reach.</summary>
    internal abstract WidthPlan WidestPlan(ModelConfig config, CounterRandom draw);

    /// <summary>Checks that a model can be trained so.</summary>
    /// <exception cref="NestorException">The model has no granularities, or not the ones this objective needs.</exception>
    internal virtual void Validate(ModelConfig config)
    {
        if (config.Granularities.Count == 0)
            throw new NestorException("A model without granularities cannot be trained nested; give it at least one.");
    }

    private protected static WidthPlan Uniform(ModelConfig config, int width) => WidthPlan.Uniform(width, config.Layers);

    private protected static double BackwardCrossEntropy(Tensor logits, Tensor targets, double scale)
    {
        using var loss = cross_entropy(logits, targets);
        BackwardScaled(loss, scale);
        return loss.item<float>();
    }

    private protected static void BackwardScaled(Tensor loss, double scale)
    {
        if (scale == 1)
        {
            loss.backward();
            return;
        }

        using var scaled = loss * scale;
        scaled.backward();
    }
}
