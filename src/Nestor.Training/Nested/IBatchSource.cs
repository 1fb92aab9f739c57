using static TorchSharp.torch;

namespace Nestor.Training.Nested;

/// <summary>What a model is trained on: batches that are functions of the step, so that a run resumes without replaying what came before.</summary>
public interface IBatchSource
{
    /// <summary>The data in words.</summary>
    string Source { get; }

    /// <summary>A text that is equal when the batches of all steps are.</summary>
    string ContentHash { get; }

    /// <summary>Makes one of a step's batches; call within a dispose scope.</summary>
    /// <param name="step">The training step.</param>
    /// <param name="part">Which of the batches that are accumulated for the step.</param>
    /// <param name="device">Where its tensors should be.</param>
    TrainingBatch Batch(long step, int part, Device device);
}
