using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Nested;
using static TorchSharp.torch;

namespace Nestor.Training.Vision;

/// <summary>A model in training that reads pictures and scores classes.</summary>
public interface IImageModel : INestedModel
{
    /// <summary>What its pictures and classes are.</summary>
    IImageConfig Images { get; }

    /// <summary>Scores the classes of pictures as the finished model does: each by itself, whatever else is in the batch.</summary>
    /// <param name="images">(batch, channels, height, width), float32, normalised.</param>
    /// <param name="plan">Widths, one per layer.</param>
    /// <returns>(batch, classes), in bfloat16 with <see cref="INestedModel.UseBFloat16"/>.</returns>
    Tensor Classify(Tensor images, WidthPlan plan);

    /// <summary>Scores a batch as a search for worst neighbours sees it in the middle of training: differentiable, and without a trace in the model.</summary>
    /// <param name="batch">What to read.</param>
    /// <param name="plan">Widths, one per layer.</param>
    /// <returns>(batch, classes).</returns>
    Tensor ScoresUnderAttack(TrainingBatch batch, WidthPlan plan) => Scores(batch, plan);
}
