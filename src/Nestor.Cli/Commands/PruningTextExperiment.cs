using System.Globalization;
using Nestor.Cli.Reports;
using Nestor.Cli.Terminal;
using Nestor.Models;
using Nestor.Training.Data;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>Prunes and nests one dense language model in several ways, at equal steps. What was trained or measured is not done again.</summary>
internal sealed class PruningTextExperiment
{
    private const int CalibrationBatches = 64, CalibrationRows = 4;

    private readonly CorpusPreparation data;
    private readonly ModelConfig shape, dense;
    private readonly PruningTextOptions options;
    private readonly Device device;
    private readonly string work;
    private readonly CancellationToken cancellation;
    private readonly EvaluationText held;

    /// <summary>Prepares the experiment.</summary>
    /// <param name="data">Tokenizer and corpus.</param>
    /// <param name="shape">The model; its granularities are those of the nested ones.</param>
    /// <param name="options">How long everything trains.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="work">Folder of the runs.</param>
    /// <param name="cancellation">Stops after the current step, by an exception.</param>
    public PruningTextExperiment(CorpusPreparation data, ModelConfig shape, PruningTextOptions options, Device device, string work, CancellationToken cancellation)
    {
        (this.data, this.options, this.device, this.work, this.cancellation) = (data, options, device, work, cancellation);
        this.shape = data.Fit(shape);
        dense = this.shape with { Granularities = [] };
        held = EvaluationText.Of(data.Corpus.Validation);
    }

    /// <summary>The model's shape, with the granularities of the nested ones.</summary>
    public ModelConfig Config => shape;

    private string DenseFolder => Path.Combine(work, "dense");

    /// <summary>Trains the dense model, where that is not done.</summary>
    /// <returns>Its held-out loss, nats per token.</returns>
    public double TrainDense() => Known("dense", dense.FullWidths, () =>
    {
        using var run = TrainingRun.Open(DenseFolder, dense, data.Tokenizer, data.Corpus, options.Training with { Objective = new WholeObjective(), Steps = options.DenseSteps }, resume: true, device);
        Show("dense", options.DenseSteps, run.Execute);
        return Measure(run.Model, dense.FullWidths);
    });

    /// <summary>Prunes to every share in every way.</summary>
    public IEnumerable<PrunedLoss> Prune()
    {
        foreach (var share in PruningTextOptions.Shares)
        {
            var plan = WidthPlanText.Parse(string.Create(CultureInfo.InvariantCulture, $"{100 * share}%"), dense);
            var (steps, tune) = (options.Steps, options.FineTuneSteps);
            foreach (var penalty in options.Penalties)
            {
                yield return Prune(share, plan, $"group lasso {PenaltyText.Print(penalty)}", Lasso(penalty), penalty, steps, tune, new GroupNorm());
                yield return Prune(share, null, $"group lasso {PenaltyText.Print(penalty)}, one threshold", Lasso(penalty), penalty, steps, tune, new GroupNorm());
            }

            yield return Prune(share, plan, "decay to the width", $"target-{plan.Widest}", new TargetDecay(plan.Widest), steps, tune, new GroupNorm());
            foreach (var (name, importance) in new (string, Importance)[] { ("activation x output", new ActivationTimesOutput()), ("Taylor", new Taylor()), ("magnitude", new GroupNorm()), ("random", new RandomImportance()) })
                yield return Prune(share, plan, name, "continued", null, steps, tune, importance);
            yield return Prune(share, null, "activation x output, one threshold", "continued", null, steps, tune, new ActivationTimesOutput());
            yield return Prune(share, plan, "activation x output, cut first", "none", null, 0, steps + tune, new ActivationTimesOutput());
            yield return Prune(share, plan, "magnitude, cut first", "none", null, 0, steps + tune, new GroupNorm());
        }
    }

    /// <summary>Nests the dense model in every way, and trains one nested from scratch.</summary>
    public IEnumerable<NestedLosses> Nest()
    {
        (string Name, string Before, GroupPenalty? Penalty, Importance? Importance)[] preparations =
        [
            ("natural order", "continued", null, null),
            ("sorted", "continued", null, new ActivationTimesOutput()),
            ($"group lasso {PenaltyText.Print(options.Penalties[0])}, sorted", Lasso(options.Penalties[0]), options.Penalties[0], new ActivationTimesOutput()),
        ];
        foreach (var steps in options.NestSteps.Prepend(0))
        {
            foreach (var (name, before, penalty, importance) in preparations)
                yield return Nest(name, before, penalty, importance, steps);
        }

        var all = options.DenseSteps + options.Steps + options.NestSteps[^1];
        MatLm? model = null;
        yield return new NestedLosses("nested from scratch", all, [.. shape.Granularities.Select(granularity => (granularity, Known("scratch", Uniform(granularity), () => Measure(model ??= Scratch(all), Uniform(granularity)))))]);
        model?.Dispose();
    }

    private PrunedLoss Prune(double share, WidthPlan? plan, string method, string before, GroupPenalty? penalty, long steps, long tune, Importance importance)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{100 * share}% {method}");
        using var run = new PruningRun<MatLm>(
            Path.Combine(work, before), Path.Combine(work, "pruned", Slug(name)), () => LoadDense([]), (model, widths) => model.Cut(widths), new TokenBatches(data.Corpus, dense, options.Later),
            new PruningSettings { Training = options.Later, Penalty = penalty, Steps = steps, FineTuneSteps = tune }, resume: true);
        var (regularized, cut) = (false, false);
        void Regularize()
        {
            if (!regularized)
                Show($"{name}, before the cut", steps, run.Regularize);
            regularized = true;
        }

        void Cut()
        {
            Regularize();
            if (cut)
                return;
            var scores = run.Score(importance, Calibration(), GroupKind.FeedForwardNeuron, cancellation);
            run.Cut(plan ?? Threshold(scores, share, areComparable: penalty is not null), scores);
            cut = true;
        }

        var whole = Known($"{before} before the cut", dense.FullWidths, () =>
        {
            Regularize();
            return Measure(run.Model, dense.FullWidths);
        });
        var after = Known($"{name} after the cut", dense.FullWidths, () =>
        {
            Cut();
            return Measure(run.Model, run.Model.Config.FullWidths);
        });
        var tuned = Known($"{name} tuned", dense.FullWidths, () =>
        {
            Cut();
            Show($"{name}, after the cut", steps + tune, run.FineTune);
            return Measure(run.Model, run.Model.Config.FullWidths);
        });
        return new PrunedLoss(share, method, whole, after, tuned);
    }

    /// <summary>The widths of one threshold for all layers that keep a share of all neurons, at most.</summary>
    private WidthPlan Threshold(IReadOnlyList<UnitScores> scores, double share, bool areComparable)
    {
        static decimal Neurons(WidthPlan plan) => plan.AsSpan().ToArray().Sum();
        return new WidthFrontier(scores, multiple: 16, areComparable).Within(Neurons, (decimal)share * Neurons(dense.FullWidths))!;
    }

    private NestedLosses Nest(string name, string before, GroupPenalty? penalty, Importance? importance, long steps)
    {
        NestingRun<MatLm>? run = null;
        try
        {
            return new NestedLosses(name, steps, [.. shape.Granularities.Select(granularity => (granularity, Known($"nested {name} {steps}", Uniform(granularity), () => Measure((run ??= Start()).Model, Uniform(granularity)))))]);
        }
        finally
        {
            run?.Dispose();
        }

        NestingRun<MatLm> Start()
        {
            var started = new NestingRun<MatLm>(
                Path.Combine(work, before), Path.Combine(work, "nested", Slug($"{name} {steps}")), LoadDense, shape.Granularities, new TokenBatches(data.Corpus, shape, options.Later),
                new PruningSettings { Training = options.Later, Penalty = penalty, Steps = options.Steps, FineTuneSteps = steps }, resume: true);
            Show($"{name}, before nesting", options.Steps, started.Regularize);
            if (importance is not null)
                started.Sort(importance, Calibration(), cancellation);
            Show($"{name}, nested", steps, (progress, stop) => started.Nest(new DistillationObjective(), progress, stop), nested: true);
            return started;
        }
    }

    private MatLm Scratch(long steps)
    {
        using var run = TrainingRun.Open(Path.Combine(work, "scratch"), shape, data.Tokenizer, data.Corpus, options.Training with { Objective = new JointObjective(), Steps = steps }, resume: true, device);
        Show("nested from scratch", steps, run.Execute, nested: true);
        using var checkpoint = Checkpoint.Open(Path.Combine(work, "scratch"));
        return MatLm.Load(checkpoint, device);
    }

    private MatLm LoadDense(IReadOnlyList<Granularity> granularities)
    {
        using var checkpoint = Checkpoint.Open(DenseFolder);
        return MatLm.Load(checkpoint, granularities, device);
    }

    private Calibration Calibration() => new(
        new TokenBatches(data.Corpus, dense, options.Later with { BatchSize = CalibrationRows, Seed = options.Training.Seed + 1 }), CalibrationBatches);

    private WidthPlan Uniform(Granularity granularity) => WidthPlan.Uniform(granularity.Width, shape.Layers);

    private double Measure(MatLm model, WidthPlan plan)
    {
        model.UseBFloat16 = false;
        var loss = new LossEvaluation(model, held, maxTokens: options.EvaluationTokens).Measure(plan, cancellation).NatsPerToken;
        model.UseBFloat16 = options.Training.BFloat16;
        return loss;
    }

    private double Known(string name, WidthPlan plan, Func<double> measure) =>
        new LossLog(Path.Combine(work, "losses.jsonl"), $"{options.Key} {name}", windows: 1, _ =>
        {
            double[] nats = [measure()];
            AnsiConsole.Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} at {plan}: {nats[0]:F4} nats/token"));
            return nats;
        }).Windows(plan)[0];

    private void Show(string name, long steps, Func<Action<TrainingProgress>?, CancellationToken, bool> train, bool nested = false)
    {
        AnsiConsole.Console.WriteLine(name);
        IReadOnlyList<Granularity> shown = nested ? shape.Granularities : [new Granularity(WholeObjective.Name, dense.FullWidths.Widest)];
        if (!TrainingDisplay.Show(AnsiConsole.Console, shown, Math.Max(1, steps), progress => train(progress, cancellation)))
            throw new OperationCanceledException($"stopped in {name}; the same command goes on");
    }

    private static string Lasso(GroupPenalty penalty) => $"lasso-{Slug(PenaltyText.Print(penalty))}";

    private static string Slug(string name) => new([.. name.Where(c => c != ',').Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]);
}
