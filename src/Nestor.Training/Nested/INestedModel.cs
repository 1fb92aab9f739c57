using Nestor.Formats;
using Nestor.Models;
using static TorchSharp.torch;

namespace Nestor.Training.Nested;

/// <summary>A model in training whose feed-forward widths are chosen with each call: what objectives, optimizer, trainer and checkpoints need of it.</summary>
public interface INestedModel : IDisposable
{
    /// <summary>The shape, as far as widths are concerned.</summary>
    INestedConfig Config { get; }

    /// <summary>Where the weights are.</summary>
    Device Device { get; }

    /// <summary>Whether matrix products run in bfloat16; weights, gradients, norms and losses stay in float32.</summary>
    bool UseBFloat16 { get; set; }

    /// <summary>Every weight, in the order of the forward pass.</summary>
    IReadOnlyList<NestedParameter> Parameters { get; }

    /// <summary>Scores the classes of every example of a batch.</summary>
    /// <param name="batch">What to read.</param>
    /// <param name="plan">Feed-forward widths, one per layer.</param>
    /// <returns>(examples, classes); in bfloat16 with <see cref="UseBFloat16"/>.</returns>
    Tensor Scores(TrainingBatch batch, WidthPlan plan);

    /// <summary>Mean cross-entropy of a batch's answers, in nats: a scalar.</summary>
    /// <param name="batch">What to read and to answer.</param>
    /// <param name="plan">Feed-forward widths, one per layer.</param>
    Tensor Loss(TrainingBatch batch, WidthPlan plan);

    /// <summary>Writes a model folder.</summary>
    /// <exception cref="NestorException">A file cannot be written.</exception>
    void Save(string folder);

    /// <summary>Opens the weights of a model folder that <see cref="Save"/> wrote, named like <see cref="Parameters"/>.</summary>
    /// <returns>Null where the folder holds a model of another shape.</returns>
    /// <exception cref="NestorException">The folder is damaged.</exception>
    TensorStore? OpenWeights(string folder);
}
