using Nestor.Training.Data;
using Nestor.Training.Nested;
using Nestor.Training.Pruning;
using static TorchSharp.torch;

namespace Nestor.Training.Optimization;

/// <summary>Trains a nested model, of words or of images: batches, objective, clipping, AdamW and schedule, one step after the other.</summary>
/// <remarks>
/// Everything random in a step is a function of the seed and the step's number, so a trainer that continues from a
/// <see cref="TrainingCheckpoint"/> does what an uninterrupted one would have done: bit for bit with one thread.
/// </remarks>
public sealed class Trainer : IDisposable
{
    private readonly CosineSchedule schedule;
    private readonly GroupLasso? lasso;
    private readonly TimeProvider time;

    /// <summary>Prepares the training of a language model from the first step.</summary>
    /// <exception cref="NestorException">An option is impossible, the model cannot be trained with the objective, or the corpus is too small or of another vocabulary.</exception>
    public Trainer(MatLm model, Corpus corpus, TrainingOptions options, TimeProvider? time = null)
        : this(model, new TokenBatches(corpus, model.Config, options), options, time)
    {
    }

    /// <summary>Prepares training from the first step.</summary>
    /// <exception cref="NestorException">An option is impossible, or the model cannot be trained with the objective or pruned by the penalty.</exception>
    public Trainer(INestedModel model, IBatchSource data, TrainingOptions options, TimeProvider? time = null)
    {
        options.Validate();
        options.Objective.Validate(model.Config);
        (Model, Data, Options) = (model, data, options);
        this.time = time ?? TimeProvider.System;
        model.UseBFloat16 = options.BFloat16;
        schedule = options.Schedule;
        lasso = GroupLasso.For(model, options.GroupLasso, options.Steps);
        Optimizer = new AdamW(model.Parameters, options.Optimizer);
    }

    /// <summary>Goes on with a smaller model that was cut from another's first units: step and the moments of what is left are those of the other's trainer.</summary>
    /// <param name="whole">The trainer so far, its units in the order they were cut in; it is not changed.</param>
    /// <param name="cut">The smaller model.</param>
    /// <param name="data">What to train on.</param>
    /// <param name="options">How to train; its steps count those done.</param>
    /// <exception cref="NestorException">An option is impossible.</exception>
    public static Trainer Continue<TModel>(Trainer whole, TModel cut, IBatchSource data, TrainingOptions options)
        where TModel : INestedModel, IPrunable
    {
        var trainer = new Trainer(cut, data, options);
        UnitPrefix.Between((IPrunable)whole.Model, cut).CopyState(whole.Optimizer, whole.Model.Parameters, trainer.Optimizer);
        return trainer;
    }

    /// <summary>The model in training.</summary>
    public INestedModel Model { get; }

    /// <summary>What it is trained on.</summary>
    public IBatchSource Data { get; }

    /// <summary>How it is trained.</summary>
    public TrainingOptions Options { get; }

    /// <summary>Steps done.</summary>
    public long Step => Optimizer.Steps;

    internal AdamW Optimizer { get; }

    /// <summary>Trains to the last step, or until cancelled between two steps.</summary>
    /// <param name="afterStep">Called after every step; writes metrics and checkpoints.</param>
    /// <param name="cancellation">Stops before the next step; what was trained stays.</param>
    /// <returns>Whether the last step was reached.</returns>
    /// <exception cref="NestorException">The loss is no longer a number.</exception>
    public bool Run(Action<TrainingProgress>? afterStep = null, CancellationToken cancellation = default)
    {
        while (Step < Options.Steps)
        {
            if (cancellation.IsCancellationRequested)
                return false;
            var progress = RunStep();
            afterStep?.Invoke(progress);
        }

        return true;
    }

    /// <summary>Frees the optimizer's moments; model and data belong to the caller.</summary>
    public void Dispose() => Optimizer.Dispose();

    private TrainingProgress RunStep()
    {
        var (step, started) = (Step, time.GetTimestamp());
        using var scope = NewDisposeScope();
        var draw = new StepRandom((ulong)Options.Seed, step);
        IReadOnlyList<GranularityLoss> losses = [];
        for (var part = 0; part < Options.Accumulate; part++)
            losses = Add(losses, Options.Objective.Backward(Model, Data.Batch(step, part, Model.Device), draw, 1.0 / Options.Accumulate));

        losses = [.. losses.Select(loss => loss with { Loss = loss.Loss / Options.Accumulate })];
        if (!losses.All(loss => double.IsFinite(loss.Loss)))
            throw new NestorException($"The loss of step {step + 1} is not a number; lower the learning rate ({Options.LearningRate}) or lengthen the warm-up ({Options.WarmUpSteps} steps).");

        var rate = schedule.At(step);
        lasso?.BeforeStep(step, rate);
        var norm = Optimizer.Step(rate, Options.ClipNorm, Options.Objective.WidestPlan(Model.Config, draw));
        lasso?.AfterStep(step, rate);
        return new TrainingProgress(
            Step,
            Options.Steps,
            Step * Options.TokensPerStep,
            losses,
            rate,
            norm,
            Options.TokensPerStep / time.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>Sums losses over the parts of a step; every part runs the same granularities in the same order.</summary>
    private static IReadOnlyList<GranularityLoss> Add(IReadOnlyList<GranularityLoss> sums, IReadOnlyList<GranularityLoss> losses) =>
        sums.Count == 0 ? losses : [.. sums.Zip(losses, (sum, loss) => sum with { Loss = sum.Loss + loss.Loss })];
}
