using Nestor.Cli.Terminal;
using Nestor.Images;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Data.Images;
using Nestor.Training.Optimization;
using Nestor.Training.Robustness;
using Nestor.Training.Vision;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Voting;

/// <summary>The members of a committee, trained: sizes of one model, or models of these sizes.</summary>
internal sealed class NestedMembers : IDisposable
{
    private readonly List<MatVit> models;

    private NestedMembers(List<MatVit> models, IReadOnlyList<Func<Tensor, Tensor>> scores) => (this.models, Scores) = (models, scores);

    /// <summary>Each scores images, (n, channels, height, width) in pixels from 0 to 1, as (n, classes); narrowest first.</summary>
    public IReadOnlyList<Func<Tensor, Tensor>> Scores { get; }

    /// <summary>Weights that have to be kept for all members.</summary>
    public long Parameters => models.Sum(model => VisionParameterCount.Of(model.Config, model.Config.FullWidths).Total);

    /// <summary>Trains them, or reads what was trained; a run that was stopped goes on.</summary>
    /// <param name="setting">How they are trained.</param>
    /// <param name="kind">Where they come from.</param>
    /// <param name="images">What they are trained on.</param>
    /// <param name="config">The nested model, fitted to the images.</param>
    /// <param name="seed">The training seed.</param>
    /// <param name="folder">Where the runs are kept.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static NestedMembers Train(NestedSetting setting, CommitteeKind kind, ImageSet images, VisionConfig config, int seed, string folder, CancellationToken cancellation)
    {
        var losses = kind.Losses(setting);
        List<MatVit> models = [];
        try
        {
            if (kind.IsNested)
            {
                models.Add(Train(config, losses, "nested"));
                return new NestedMembers(models, [.. config.Granularities.Select(size => AtWidth(models[0], size.Width))]);
            }

            foreach (var (size, loss) in config.Granularities.Zip(losses))
                models.Add(Train(config with { FullWidths = WidthPlan.Uniform(size.Width, config.Layers), Granularities = [size] }, [loss], $"{size.Name}-{loss.Replace('/', '-')}{(kind.IsLong ? "-long" : "")}"));
            return new NestedMembers(models, [.. models.Zip(config.Granularities, (model, size) => AtWidth(model, size.Width))]);
        }
        catch
        {
            foreach (var model in models)
                model.Dispose();
            throw;
        }

        MatVit Train(VisionConfig shape, IReadOnlyList<string> own, string name)
        {
            var options = setting.Training(own, seed, kind.IsLong ? setting.Sizes.Count : shape.Granularities.Count);
            var path = Path.Combine(folder, own.Count > 1 ? $"{name}-{string.Join('-', own).Replace('/', '-')}" : name);
            AnsiConsole.Console.WriteLine($"training {Path.GetFileName(path)}, seed {seed}: {options.Steps} steps");
            var batches = new ImageBatches(images, new ImageRegularization(), shape, options);
            using var run = TrainingRun.Open(path, () => MatVit.Create(shape, (ulong)seed), batches, options, resume: true);
            if (!TrainingDisplay.Show(AnsiConsole.Console, shape.Granularities, options.Steps, progress => run.Execute(progress, cancellation), "images"))
                throw new OperationCanceledException(cancellation);
            using var trained = VisionCheckpoint.Open(path);
            return MatVit.Load(trained);
        }
    }

    /// <summary>Frees the models.</summary>
    public void Dispose()
    {
        foreach (var model in models)
            model.Dispose();
    }

    private static Func<Tensor, Tensor> AtWidth(MatVit model, int width) => PixelScores.Of(model, WidthPlan.Uniform(width, model.Config.Layers));
}
