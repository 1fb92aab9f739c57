using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;

namespace Nestor.Training.Pruning;

/// <summary>Prunes the neurons of a model in a folder: trains with a penalty, scores, sorts, cuts, trains on. Each phase resumes where it was stopped.</summary>
/// <typeparam name="TModel">What is pruned.</typeparam>
/// <remarks>
/// The order of Rajaraman et al. 2023 (arXiv 2303.11453): regularise, prune greedily, fine-tune without the regulariser. Without a penalty and steps it is one-shot pruning.
/// </remarks>
public sealed class PruningRun<TModel> : IDisposable
    where TModel : class, INestedModel, IPrunable
{
    private readonly string beforeFolder, afterFolder;
    private readonly Func<TModel> load;
    private readonly Func<TModel, WidthPlan, TModel> cut;
    private readonly IBatchSource data;
    private readonly PruningSettings settings;
    private readonly bool resume;
    private TrainingRun<TModel>? before, after;
    private TModel? untrained, smaller, teacher;

    /// <summary>Prepares pruning; nothing is loaded or written yet.</summary>
    /// <param name="beforeFolder">Where the steps before the cut are kept; runs that differ only in what they cut may share it.</param>
    /// <param name="afterFolder">Where the steps after the cut are kept.</param>
    /// <param name="load">Loads the model as it is before, without granularities.</param>
    /// <param name="cut">Cuts a model's first neurons.</param>
    /// <param name="data">What to train on; closed by the caller.</param>
    /// <param name="settings">How to prune.</param>
    /// <param name="resume">Whether phases go on from what the folder holds.</param>
    /// <exception cref="NestorException">A setting is impossible.</exception>
    public PruningRun(string beforeFolder, string afterFolder, Func<TModel> load, Func<TModel, WidthPlan, TModel> cut, IBatchSource data, PruningSettings settings, bool resume)
    {
        settings.Validate();
        (this.beforeFolder, this.afterFolder, this.load, this.cut, this.data, this.settings, this.resume) = (beforeFolder, afterFolder, load, cut, data, settings, resume);
    }

    /// <summary>The model as it is now: before the cut the whole one, then the smaller one.</summary>
    public TModel Model => after?.Model ?? smaller ?? Whole;

    private TModel Whole => before?.Model ?? (untrained ??= load());

    /// <summary>Trains with the penalty, if there are steps for it.</summary>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Stops after the current step.</param>
    /// <returns>Whether the last step was reached; if not, the run can be resumed.</returns>
    /// <exception cref="NestorException">The settings are impossible, or the folder holds another run.</exception>
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
        before ??= TrainingRun.Open(beforeFolder, load, data, options, resume);
        return before.Execute(progress, cancellation);
    }

    /// <summary>Scores the units of the model before the cut.</summary>
    /// <inheritdoc cref="Importance.Measure"/>
    public IReadOnlyList<UnitScores> Score(Importance importance, Calibration calibration, GroupKind kind = GroupKind.FeedForwardNeuron, CancellationToken cancellation = default) =>
        importance.Measure(Whole, calibration, kind, cancellation);

    /// <summary>Sorts the units and cuts all but the first.</summary>
    /// <param name="plan">Neurons of each layer to keep.</param>
    /// <param name="scores">The scores that decide the order, of neurons and of whatever else is cut.</param>
    public void Cut(WidthPlan plan, IReadOnlyList<UnitScores> scores)
    {
        if (smaller is not null || after is not null)
            throw new InvalidOperationException("The model was cut already.");
        var order = UnitOrder.Descending(scores);
        order.Apply();
        if (before is not null)
            order.Apply(before.Trainer.Optimizer, Whole.Parameters);
        smaller = cut(Whole, plan);
        smaller.UseBFloat16 = settings.Training.BFloat16;
    }

    /// <summary>Trains what is left, if there are steps for it.</summary>
    /// <param name="progress">Told of every step.</param>
    /// <param name="cancellation">Stops after the current step.</param>
    /// <returns>Whether the last step was reached; if not, the run can be resumed.</returns>
    /// <exception cref="NestorException">The settings are impossible, or the folder holds another run.</exception>
    public bool FineTune(Action<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (settings.FineTuneSteps == 0)
            return true;
        after ??= Open(smaller ?? throw new InvalidOperationException("Cut the model first."));
        return after.Execute(progress, cancellation);
    }

    private TrainingRun<TModel> Open(TModel cutModel)
    {
        var options = settings.Training with
        {
            Objective = settings.Distill ? new DistillationObjective { Teacher = teacher ??= load() } : new WholeObjective(),
            Steps = settings.Steps + settings.FineTuneSteps,
            WarmUpSteps = before is null ? Math.Min(settings.Training.WarmUpSteps, settings.FineTuneSteps / 10) : 0,
        };
        var opened = before is null
            ? TrainingRun.Open(afterFolder, () => cutModel, data, options, resume)
            : TrainingRun.Continue(afterFolder, before, cutModel, data, options, resume);
        before?.Dispose();
        untrained?.Dispose();
        (before, untrained, smaller) = (null, null, null);
        return opened;
    }

    /// <summary>Frees the models and optimizers.</summary>
    public void Dispose()
    {
        before?.Dispose();
        after?.Dispose();
        untrained?.Dispose();
        smaller?.Dispose();
        teacher?.Dispose();
    }
}
