using Nestor.Models;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Image models as attacks see them: from pixels to scores, normalisation included, so that epsilon is a size in pixels.</summary>
public static class PixelScores
{
    /// <summary>A model at one of its sizes, as it is in use.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">Widths, one per layer.</param>
    /// <returns>Scores (n, classes) of (n, channels, height, width) in pixels from 0 to 1.</returns>
    public static Func<Tensor, Tensor> Of(IImageModel model, WidthPlan plan)
    {
        WidthPlanText.Validate(plan, model.Config);
        return pixels =>
        {
            using var scope = NewDisposeScope();
            return model.Classify(PixelNormalization.Of(model.Images, model.Device).Apply(pixels), plan).to(ScalarType.Float32).MoveToOuterDisposeScope();
        };
    }
}
