using System.Globalization;
using Nestor.Cli.Terminal;
using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>The five models of <c>nestor reproduce matlm</c>: a nested one and one trained alone for each of its granularities.</summary>
internal static class MatLmModels
{
    /// <summary>The runs, each with the name of its folder; the nested one first.</summary>
    public static IEnumerable<(string Name, ModelConfig Config, TrainingOptions Options)> Runs(ModelConfig config, TrainingOptions options) =>
        config.Granularities.Select(granularity => (granularity.Name, Alone(config, granularity), options with { Objective = new SampledObjective() }))
            .Prepend((MatLmArguments.NestedRun, config, MatLmArguments.Nested(options, config)));

    /// <summary>Trains the models whose folders hold none.</summary>
    /// <param name="data">Tokenizer and corpus of the work folder.</param>
    /// <param name="shape">The nested model's shape.</param>
    /// <param name="options">How one of the independent models is trained.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="work">The work folder.</param>
    /// <param name="cancellation">Stops after the current step.</param>
    /// <returns>Whether all are there; if not, the same call goes on.</returns>
    public static bool Train(CorpusPreparation data, ModelConfig shape, TrainingOptions options, Device device, string work, CancellationToken cancellation) =>
        Train(data, Runs(data.Fit(shape), options), device, work, cancellation);

    /// <summary>Trains the nested model where its folder holds none.</summary>
    /// <inheritdoc cref="Train(CorpusPreparation, ModelConfig, TrainingOptions, Device, string, CancellationToken)"/>
    public static bool TrainNested(CorpusPreparation data, ModelConfig shape, TrainingOptions options, Device device, string work, CancellationToken cancellation) =>
        Train(data, Runs(data.Fit(shape), options).Take(1), device, work, cancellation);

    private static bool Train(CorpusPreparation data, IEnumerable<(string Name, ModelConfig Config, TrainingOptions Options)> runs, Device device, string work, CancellationToken cancellation)
    {
        foreach (var (name, config, of) in runs)
        {
            var folder = Path.Combine(work, name);
            if (File.Exists(Path.Combine(folder, ModelFolder.Config)))
                continue;
            AnsiConsole.Console.WriteLine($"{name}: {ParameterCount.Of(config, config.FullWidths).NonEmbedding.ToString("N0", CultureInfo.InvariantCulture)} parameters without embeddings, {of.Steps} steps");
            using var run = TrainingRun.Open(folder, config, data.Tokenizer, data.Corpus, of, resume: true, device);
            if (TrainingDisplay.Show(AnsiConsole.Console, config.Granularities, of.Steps, progress => run.Execute(progress, cancellation)))
                continue;
            Console.Error.WriteLine($"nestor: stopped in {name} after step {run.Step}; the same command goes on.");
            return false;
        }

        return true;
    }

    private static ModelConfig Alone(ModelConfig config, Granularity granularity) => config with
    {
        FullWidths = WidthPlan.Uniform(granularity.Width, config.Layers),
        Granularities = [new Granularity(granularity.Name, granularity.Width)],
    };
}
