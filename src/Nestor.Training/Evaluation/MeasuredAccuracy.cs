using Nestor.Models;

namespace Nestor.Training.Evaluation;

/// <summary>How well a model at a plan names the classes of some images.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Right">Images whose most probable class is theirs.</param>
/// <param name="Images">Images measured.</param>
/// <param name="NatsPerImage">Mean cross-entropy.</param>
public sealed record MeasuredAccuracy(WidthPlan Plan, int Right, int Images, double NatsPerImage)
{
    /// <summary>Share of the images that are right, 0 to 1.</summary>
    public double Accuracy => (double)Right / Images;

    /// <summary>Standard error of <see cref="Accuracy"/> from the number of images: sqrt(p (1 - p) / n).</summary>
    public double StandardError => Math.Sqrt(Accuracy * (1 - Accuracy) / Images);
}
