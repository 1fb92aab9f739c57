using System.Text.Json;
using Nestor.Formats;
using Nestor.Training.Optimization;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Training;

/// <summary>Keeps the model that withstood projected gradient ascent best on validation images, because robustness falls again when training goes on.</summary>
/// <remarks>Robust overfitting: Rice et al. 2020 (arXiv 2002.11569). The best model is a folder of its own, with what it withstood beside its weights, so that a resumed run knows it.</remarks>
public sealed class BestOnValidation
{
    private const string MeasureFile = "validation.json";

    private readonly string folder;
    private readonly IImageModel model;
    private readonly Tensor images;
    private readonly Tensor labels;
    private readonly Threat threat;

    /// <summary>Prepares the measurement.</summary>
    /// <param name="folder">Where the best model is kept; what is there already goes on.</param>
    /// <param name="model">The model in training.</param>
    /// <param name="images">(n, channels, height, width), float32 pixels from 0 to 1, that training never sees.</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="threat">What an attacker may do.</param>
    /// <exception cref="NestorException">What is there is damaged.</exception>
    public BestOnValidation(string folder, IImageModel model, Tensor images, Tensor labels, Threat threat)
    {
        (this.folder, this.model, this.images, this.labels, this.threat) = (folder, model, images, labels, threat);
        var path = Path.Combine(folder, MeasureFile);
        if (!File.Exists(path))
            return;
        try
        {
            Best = JsonSerializer.Deserialize<ValidationMeasure>(JsonFile.ReadBytes(path));
        }
        catch (JsonException error)
        {
            throw new NestorException($"The file '{path}' is damaged: {error.Message} Delete its folder; the best model is then looked for among the steps to come.", error);
        }
    }

    /// <summary>The best so far; null before the first measurement.</summary>
    public ValidationMeasure? Best { get; private set; }

    /// <summary>What measures the model at every checkpoint of a run and at its end.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="measured">Told of every measurement.</param>
    /// <returns>To be called after every step.</returns>
    public Action<TrainingProgress> AtCheckpoints(TrainingOptions options, Action<ValidationMeasure>? measured = null) => step =>
    {
        if (step.Step != options.Steps && (options.CheckpointEvery == 0 || step.Step % options.CheckpointEvery != 0))
            return;
        var measure = Measure(step.Step);
        measured?.Invoke(measure);
    };

    /// <summary>Measures the model as it is, at every granularity's mean, and keeps it if none was better.</summary>
    /// <param name="step">Training steps done.</param>
    /// <returns>What it withstood.</returns>
    public ValidationMeasure Measure(long step)
    {
        var results = model.Config.Granularities.Select(granularity =>
        {
            var scores = PixelScores.Of(model, WidthPlanOf(granularity.Width));
            using var result = AutoAttack.Evaluate(new ModelDefence(model.Images.Classes, scores), images, labels, threat, [new ProjectedGradient { Steps = 10, StepShare = 0.25 }]);
            return (result.CleanAccuracy, result.RobustAccuracy);
        }).ToList();
        var measure = new ValidationMeasure(step, results.Average(result => result.CleanAccuracy), results.Average(result => result.RobustAccuracy));
        if (Best is null || measure.Robust > Best.Robust)
        {
            Best = measure;
            model.Save(folder);
            AtomicFile.Write(Path.Combine(folder, MeasureFile), stream => JsonSerializer.Serialize(stream, measure));
        }

        return measure;
    }

    private Models.WidthPlan WidthPlanOf(int width) => Models.WidthPlan.Uniform(width, model.Config.FullWidths.Layers);
}

/// <summary>What a model withstood on validation images.</summary>
/// <param name="Step">Training steps done.</param>
/// <param name="Clean">The share of unperturbed images answered rightly, averaged over granularities.</param>
/// <param name="Robust">The share answered rightly at every point of the ascent, averaged over granularities.</param>
public sealed record ValidationMeasure(long Step, double Clean, double Robust);
