using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>Makes a dense model sliceable: sorts its neurons by importance, after a group lasso if one is given, and trains its prefixes with the dense model as teacher.</summary>
/// <typeparam name="TModel">What is nested.</typeparam>
/// <remarks>
/// Sorting once and slicing then is what NVIDIA's Minitron does, width-adaptive distillation what DynaBERT (arXiv 2004.04037) does; prefixes of every width are MatFormer's
/// (arXiv 2310.07707). Group lasso as the preparation is our own.
/// </remarks>
public sealed class NestingRun<TModel> : IDisposable
    where TModel : class, INestedModel, IPrunable
{
    private readonly string beforeFolder, nestedFolder;
    private readonly Func<IReadOnlyList<Granularity>, TModel> load;
    private readonly IReadOnlyList<Granularity> granularities;
    private readonly IBatchSource data;
    private readonly PruningSettings settings;
    private readonly bool resume;
    private readonly TModel teacher;
    private TrainingRun<TModel>? before, nested;
    private TModel? model, unchanged;

    /// <summary>Prepares nesting.</summary>
    /// <param name="beforeFolder">Where the steps before sorting are kept; runs that differ only in what follows may share it.</param>
    /// <param name="nestedFolder">Where the nested steps are kept.</param>
    /// <param name="load">Loads the dense model with some granularities.</param>
    /// <param name="granularities">Those it shall have.</param>
    /// <param name="data">What to train on; closed by the caller.</param>
    /// <param name="settings">The penalty and its steps, and the nested steps as <see cref="PruningSettings.FineTuneSteps"/>; the dense model is always learned from.</param>
    /// <param name="resume">Whether phases go on from what the folder holds.</param>
    /// <exception cref="NestorException">A setting is impossible, or the granularities do not fit the model.</exception>
    public NestingRun(string beforeFolder, string nestedFolder, Func<IReadOnlyList<Granularity>, TModel> load, IReadOnlyList<Granularity> granularities, IBatchSource data, PruningSettings settings, bool resume)
    {
        settings.Validate();
        (this.beforeFolder, this.nestedFolder, this.load, this.granularities, this.data, this.settings, this.resume) = (beforeFolder, nestedFolder, load, granularities, data, settings, resume);
        teacher = load([]);
    }

    /// <summary>The model as it is now; it has its granularities once it was nested.</summary>
    public TModel Model => nested?.Model ?? unchanged ?? Dense;

    private TModel Dense => before?.Model ?? (model ??= load([]));

    /// <summary>Trains with the penalty, if there are steps for it.</summary>
    /// <returns>Whether the last step was reached; if not, the run can be resumed.</returns>
    /// <inheritdoc cref="PruningRun{TModel}.Regularize"/>
    public bool Regularize(Action<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (settings.Steps == 0)
            return true;
        var options = settings.Training with
        {
            Objective = new WholeObjective(),
            Steps = settings.Steps,
            WarmUpSteps = Math.Min(settings.Training.WarmUpSteps, settings.Steps / 10),
            GroupLasso = settings.Penalty is { } penalty ? new GroupLassoOptions { Penalty = penalty } : null,
        };
        before ??= TrainingRun.Open(beforeFolder, () => load([]), data, options, resume);
        return before.Execute(progress, cancellation);
    }

    /// <summary>Scores the neurons and puts the most important first.</summary>
    /// <param name="importance">The score.</param>
    /// <param name="calibration">What the model is watched on.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <returns>By how much sorting changed a score of the model, over its largest: rounding.</returns>
    public double Sort(Importance importance, Calibration calibration, CancellationToken cancellation = default)
    {
        var order = UnitOrder.Descending(importance.Measure(Dense, calibration, GroupKind.FeedForwardNeuron, cancellation));
        using var scope = NewDisposeScope();
        return order.Apply(Dense, calibration.Data.Batch(step: 0, part: 0, Dense.Device));
    }

    /// <summary>Trains every granularity, if there are steps for it.</summary>
    /// <param name="objective">Which granularities a step trains; the teacher is filled in.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Stops after the current step.</param>
    /// <returns>Whether the last step was reached; if not, the run can be resumed.</returns>
    /// <exception cref="NestorException">The settings are impossible, or the folder holds another run.</exception>
    public bool Nest(DistillationObjective objective, Action<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (settings.FineTuneSteps == 0)
        {
            unchanged ??= Sorted();
            return true;
        }

        if (nested is null)
        {
            var options = settings.Training with
            {
                Objective = objective with { Teacher = teacher },
                Steps = settings.FineTuneSteps,
                WarmUpSteps = Math.Min(settings.Training.WarmUpSteps, settings.FineTuneSteps / 10),
            };
            nested = TrainingRun.Open(nestedFolder, Sorted, data, options, resume);
        }

        return nested.Execute(progress, cancellation);
    }

    /// <summary>Frees the models and optimizers.</summary>
    public void Dispose()
    {
        nested?.Dispose();
        before?.Dispose();
        model?.Dispose();
        unchanged?.Dispose();
        teacher.Dispose();
    }

    /// <summary>The sorted model with weights of its own, for the run owns what it trains.</summary>
    private TModel Sorted()
    {
        var copy = load(granularities);
        using var quiet = no_grad();
        foreach (var (target, source) in copy.Parameters.Zip(Dense.Parameters))
            target.Weight.copy_(source.Weight);
        return copy;
    }
}
