using System.CommandLine;
using Nestor.Formats;
using Nestor.Images;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Data;
using Nestor.Training.Data.Images;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Nestor.Training.Pruning;
using Nestor.Training.Vision;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>Opens models to prune or to nest.</summary>
internal static class ChangedModels
{
    private const int CalibrationRows = 4, CalibrationImages = 16, MostCalibrationTokens = 1 << 18;

    /// <summary>A language model and its text.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="console">Where progress is shown.</param>
    /// <param name="tuning">Options of training.</param>
    /// <param name="folder">The model.</param>
    /// <param name="textPath">The text; the SDK's documentation if not given.</param>
    /// <param name="batches">Batches that importance is measured on.</param>
    /// <param name="heads">Key-value heads to keep; null for all.</param>
    /// <param name="device">Where to train.</param>
    /// <exception cref="NestorException">The model is of a kind that cannot be trained, it has fewer heads, or the text is missing.</exception>
    public static ChangedModel<MatLm> OnText(ParseResult parsed, IAnsiConsole console, TuningArguments tuning, string folder, string? textPath, int batches, int? heads, Device device)
    {
        using var checkpoint = Checkpoint.Open(folder);
        checkpoint.ThrowIfPacked("to train");
        var (config, tokenizer, type) = (checkpoint.Config, checkpoint.Tokenizer, TypeOf(checkpoint.Tensors.Get(TensorNames.Embedding)));
        MatLm.Check(config);
        if (heads < 1 || heads > config.KeyValueHeads)
            throw new NestorException($"{heads} key-value heads were to stay, the model has {config.KeyValueHeads}; ask for 1 to {config.KeyValueHeads}.");
        var options = tuning.OnText(parsed, config.ContextLength, device);
        var source = TextSources.Open(textPath);
        var tokens = TextBatches.FirstTokens(source, tokenizer, MostCalibrationTokens);
        var calibration = new Calibration(new TextBatches(source.Name, tokens, CalibrationRows, options.WindowLength), batches);
        CorpusPreparation? corpus = null;
        var left = config with { Heads = config.Heads / config.KeyValueHeads * (heads ?? config.KeyValueHeads), KeyValueHeads = heads ?? config.KeyValueHeads };
        return new ChangedModel<MatLm>
        {
            Folder = folder,
            Config = config,
            Unit = "tokens",
            Options = options,
            Load = granularities =>
            {
                using var opened = Checkpoint.Open(folder);
                return MatLm.Load(opened, granularities, device);
            },
            Calibration = calibration,
            Data = (work, cancellation) =>
            {
                corpus = CorpusPreparation.Make(console, work, source, config.VocabularySize, Path.Combine(folder, ModelFolder.Tokenizer), keep: true, cancellation);
                return new TokenBatches(corpus.Corpus, config, options);
            },
            Held = () => corpus is null ? calibration : new Calibration(new TextBatches(source.Name, EvaluationText.Of(corpus.Corpus.Validation).Tokens, CalibrationRows, options.WindowLength), batches),
            Heads = heads,
            Cut = (model, plan) => model.Cut(plan, heads),
            Parameters = plan => ParameterCount.Of(left, plan).Total,
            AllParameters = ParameterCount.Of(config, config.FullWidths).Total,
            Type = type,
            Save = (model, target) =>
            {
                model.Save(target, tokenizer: null, type);
                ModelFolder.CopyFiles(folder, target, ModelFolder.TextFiles);
            },
            Close = () => corpus?.Dispose(),
        };
    }

    /// <summary>A vision model and its images.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="tuning">Options of training.</param>
    /// <param name="folder">The model.</param>
    /// <param name="imagesPath">The images.</param>
    /// <param name="batches">Batches that importance is measured on.</param>
    /// <param name="heads">Must be null: its folder has no place for another number of heads.</param>
    /// <param name="device">Where to train.</param>
    /// <exception cref="NestorException">The images are missing or do not fit, or heads were to be cut.</exception>
    public static ChangedModel<MatVit> OnImages(ParseResult parsed, TuningArguments tuning, string folder, string? imagesPath, int batches, int? heads, Device device)
    {
        if (imagesPath is null)
            throw new NestorException($"'{folder}' is a vision model; give --images to work on.");
        if (heads is not null)
            throw new NestorException("Heads of a vision model cannot be cut: its folder has no place for their number; leave --heads out.");
        using var checkpoint = VisionCheckpoint.Open(folder);
        var (config, type) = (checkpoint.Config, TypeOf(checkpoint.Tensors.Get(VisionTensorNames.Patch)));
        var options = tuning.OnImages(parsed, device);
        var images = ImageSources.Open(imagesPath, ImageSplit.Train, config.ImageSize, config.Channels);
        var watched = new ImageBatches(images, new ImageRegularization(), config, options with { BatchSize = CalibrationImages });
        return new ChangedModel<MatVit>
        {
            Folder = folder,
            Config = config,
            Unit = "images",
            Options = options,
            Load = granularities =>
            {
                using var opened = VisionCheckpoint.Open(folder);
                return MatVit.Load(opened, granularities, device);
            },
            Calibration = new Calibration(watched, batches),
            Held = () => new Calibration(watched, batches),
            Data = (_, _) => new ImageBatches(images, new ImageRegularization(), config, options),
            Cut = (model, plan) => model.Cut(plan),
            Parameters = plan => VisionParameterCount.Of(config, plan).Total,
            AllParameters = VisionParameterCount.Of(config, config.FullWidths).Total,
            Type = type,
            Save = (model, target) => model.Save(target, type),
        };
    }

    /// <summary>The type to write weights in: the folder's own where it is shorter than float32.</summary>
    private static TensorType TypeOf(TensorView stored) => stored.Type is TensorType.F16 or TensorType.BF16 ? stored.Type : TensorType.F32;
}
