using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Nested;
using Nestor.Training.Pruning;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>A kind of image model that <c>nestor reproduce pruning</c> prunes.</summary>
/// <param name="Name">Its name on the page.</param>
/// <param name="Kind">Its units.</param>
/// <param name="Config">The dense model.</param>
/// <param name="Create">A new model of some widths, from a seed.</param>
/// <param name="Load">The model of a folder.</param>
/// <param name="Cut">A model of another's first units.</param>
/// <param name="Size">Parameters of a plan.</param>
/// <param name="BeforeUse">What has to be done before a trained model is measured.</param>
/// <param name="Scores">One-shot importance, by name.</param>
internal sealed record ImageSubject<TModel>(
    string Name,
    GroupKind Kind,
    IImageConfig Config,
    Func<WidthPlan, ulong, TModel> Create,
    Func<string, TModel> Load,
    Func<TModel, WidthPlan, TModel> Cut,
    Func<WidthPlan, long> Size,
    Action<TModel, IBatchSource> BeforeUse,
    IReadOnlyList<(string Name, Importance Importance)> Scores)
    where TModel : class, IImageModel, IPrunable;

/// <summary>The kinds there are.</summary>
internal static class ImageSubject
{
    private const int CalibrationBatches = 10;

    /// <summary>A convolutional network.</summary>
    public static ImageSubject<ConvolutionNet> Of(ConvolutionConfig config, Device device) => new(
        "convolutional network",
        GroupKind.ConvolutionChannel,
        config,
        (widths, seed) => ConvolutionNet.Create(config with { FullWidths = widths }, seed, device),
        folder => ConvolutionNet.Load(folder, device),
        (net, plan) => net.Cut(plan),
        config.Parameters,
        (net, data) => net.Calibrate(data, net.Config.FullWidths, CalibrationBatches),
        [("magnitude", new GroupNorm()), ("Taylor", new Taylor()), ("random", new RandomImportance())]);

    /// <summary>A vision transformer, dense.</summary>
    public static ImageSubject<MatVit> Of(VisionConfig config, Device device) => new(
        "MatViT",
        GroupKind.FeedForwardNeuron,
        config,
        (widths, seed) => MatVit.Create(config with { FullWidths = widths }, seed, device),
        folder =>
        {
            using var checkpoint = VisionCheckpoint.Open(folder);
            return MatVit.Load(checkpoint, device);
        },
        (model, plan) => model.Cut(plan),
        plan => VisionParameterCount.Of(config, plan).Total,
        (_, _) => { },
        [("magnitude", new GroupNorm()), ("activation x output", new ActivationTimesOutput()), ("Taylor", new Taylor()), ("random", new RandomImportance())]);
}
