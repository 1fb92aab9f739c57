using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Robustness.Certification;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Training;

/// <summary>A training batch in pixels from 0 to 1, where epsilon has its meaning, and the model that reads it.</summary>
internal sealed class RobustExample
{
    private readonly IImageModel model;
    private readonly TrainingBatch batch;
    private readonly WidthPlan plan;
    private readonly PixelNormalization normalization;

    public RobustExample(IImageModel model, TrainingBatch batch, WidthPlan plan)
    {
        (this.model, this.batch, this.plan) = (model, batch, plan);
        normalization = PixelNormalization.Of(model.Images, model.Device);
        Pixels = normalization.Undo(batch.Inputs);
        Labels = batch.Answers() is { dtype: ScalarType.Int64 } classes ? classes : batch.Answers().argmax(1);
    }

    /// <summary>(n, channels, height, width), from 0 to 1.</summary>
    public Tensor Pixels { get; }

    /// <summary>(n), int64; of mixed images the larger share.</summary>
    public Tensor Labels { get; }

    /// <summary>Scores (n, classes) of pixels, as in training.</summary>
    public Tensor Scores(Tensor pixels) => model.Scores(batch with { Inputs = normalization.Apply(pixels) }, plan).to(ScalarType.Float32);

    /// <summary>Scores (n, classes) of pixels, as attacks see them in training.</summary>
    public Tensor ScoresUnderAttack(Tensor pixels) => model.ScoresUnderAttack(batch with { Inputs = normalization.Apply(pixels) }, plan).to(ScalarType.Float32);

    /// <summary>Every image that lies within epsilon of one of these, in the infinity norm, normalised as the model reads them.</summary>
    public Interval Box(double epsilon) => normalization.Apply(Interval.Around(Pixels, epsilon));

    /// <summary>The loss of images and their neighbours: a scalar.</summary>
    public Tensor Loss(RobustLoss loss, Tensor moved) => loss.Of(loss.ReadsClean ? Scores(Pixels) : null, Scores(moved), Labels);

    /// <summary>Scores of the images themselves as attacks see them, for the losses that read them; no gradients.</summary>
    public Tensor? CleanUnderAttack(RobustLoss loss)
    {
        using var quiet = no_grad();
        return loss.ReadsClean ? ScoresUnderAttack(Pixels) : null;
    }
}
