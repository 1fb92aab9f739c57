using Nestor.Formats;
using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;

namespace Nestor.Cli.Commands;

/// <summary>A model folder that is to be pruned or nested, and the data for it: what differs between words and pictures.</summary>
/// <typeparam name="TModel">The model in training.</typeparam>
internal sealed record ChangedModel<TModel> : IDisposable
    where TModel : class, INestedModel, IPrunable
{
    /// <summary>The folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The shape, as far as widths are concerned.</summary>
    public required INestedConfig Config { get; init; }

    /// <summary>What training counts.</summary>
    public required string Unit { get; init; }

    /// <summary>How the model is trained on.</summary>
    public required TrainingOptions Options { get; init; }

    /// <summary>Loads the model with some granularities.</summary>
    public required Func<IReadOnlyList<Granularity>, TModel> Load { get; init; }

    /// <summary>What importance is measured on.</summary>
    public required Calibration Calibration { get; init; }

    /// <summary>What losses are measured on: held-out text once there is a corpus, else the calibration.</summary>
    public required Func<Calibration> Held { get; init; }

    /// <summary>Makes the data to train on, in a folder where it needs one.</summary>
    public required Func<string, CancellationToken, IBatchSource> Data { get; init; }

    /// <summary>Key-value heads that stay in every layer; null for all.</summary>
    public int? Heads { get; init; }

    /// <summary>Cuts a model's first neurons, and its first heads where some shall go.</summary>
    public required Func<TModel, WidthPlan, TModel> Cut { get; init; }

    /// <summary>Parameters of the model at a plan, with the heads that stay.</summary>
    public required Func<WidthPlan, long> Parameters { get; init; }

    /// <summary>Parameters of the whole model.</summary>
    public required long AllParameters { get; init; }

    /// <summary>Type of the weights in the folder, and in what is written.</summary>
    public required TensorType Type { get; init; }

    /// <summary>Writes a model, and what stands beside the weights.</summary>
    public required Action<TModel, string> Save { get; init; }

    /// <summary>Closes data that was opened.</summary>
    public Action Close { get; init; } = () => { };

    public void Dispose() => Close();
}
