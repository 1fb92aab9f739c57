using System.Globalization;
using Nestor.Cli.Reports;
using Nestor.Cli.Terminal;
using Nestor.Images;
using Nestor.Models;
using Nestor.Training.Data.Images;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using Nestor.Training.Vision;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary>Steps of the runs of the image part.</summary>
/// <param name="Dense">Steps of the dense model.</param>
/// <param name="Before">Steps with a penalty before the cut.</param>
/// <param name="After">Steps after the cut; one-shot methods, which have none before it, do all of them after it.</param>
internal sealed record ImagePruningSteps(long Dense, long Before, long After)
{
    /// <summary>The group lasso.</summary>
    public GroupPenalty Lasso { get; init; } = new CoupledSmoothedPenalty(0.03);
}

/// <summary>Prunes one dense image model in several ways to equal sizes, with equal steps, and trains a model of each size alone.</summary>
internal sealed class ImagePruningExperiment<TModel>(ImageSubject<TModel> subject, ImageSet images, ImageSet held, ImageRegularization regularization, TrainingOptions training, ImagePruningSteps steps, string work, CancellationToken cancellation)
    where TModel : class, IImageModel, IPrunable
{
    private const double LaterRate = 0.5;
    private const int CalibrationBatches = 32;

    private static readonly double[] Shares = [0.5, 0.25];

    private readonly KeptResults kept = new(Path.Combine(work, "results"));

    private string DenseFolder => Path.Combine(work, string.Create(CultureInfo.InvariantCulture, $"dense-{steps.Dense}"));

    private WidthPlan Full => subject.Config.FullWidths;

    /// <summary>Trains, prunes and measures what is not known yet.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; the same experiment goes on.</exception>
    public ImagePruningResult Run()
    {
        var dense = kept.Get($"dense {steps.Dense}", TrainDense);
        Say($"dense: {Percent(dense.Accuracy)}");
        var rows = new List<PrunedAccuracy>();
        Prune($"group lasso, {PenaltyText.Print(steps.Lasso)}", _ => steps.Lasso, new GroupNorm());
        Prune("decay to the width", plan => new TargetDecay([.. plan.AsSpan()]), new GroupNorm());
        foreach (var (name, importance) in subject.Scores)
            Prune(name, null, importance);
        foreach (var share in Shares)
            Add(kept.Get($"trained alone {steps.Dense + steps.Before + steps.After} {share}", () => Alone(share)));
        return new ImagePruningResult(subject.Name, Full.ToString(), subject.Size(Full), dense, [.. rows.OrderByDescending(row => row.Share)]);

        void Prune(string method, Func<WidthPlan, GroupPenalty>? penalty, Importance importance)
        {
            Whole? whole = null;
            foreach (var share in Shares)
            {
                Add(kept.Get($"{method} {steps.Before} {steps.After} {share}", () =>
                {
                    var wanted = penalty?.Invoke(PlanOf(share));
                    if (whole is null || wanted is TargetDecay)
                    {
                        whole?.Model.Dispose();
                        whole = Prepare(wanted, importance);
                    }

                    return Cut(whole, method, share);
                }));
            }

            whole?.Model.Dispose();
        }

        void Add(PrunedAccuracy row)
        {
            Say($"{row.Method} at {row.Widths}: {Percent(row.AfterCut)} after the cut, {Percent(row.Tuned.Accuracy)} in the end");
            rows.Add(row);
        }
    }

    private WidthPlan PlanOf(double share) => new([.. Full.AsSpan().ToArray().Select(width => (int)Math.Ceiling(share * width))]);

    private ImageScore TrainDense()
    {
        var batches = Batches(0);
        using var run = TrainingRun.Open(DenseFolder, () => subject.Create(Full, (ulong)training.Seed), batches, Options(steps.Dense, training.LearningRate), resume: true);
        if (!TrainingDisplay.Show(AnsiConsole.Console, [new Granularity(WholeObjective.Name, Full.Widest)], steps.Dense, progress => run.Execute(progress, cancellation), "images"))
            throw new OperationCanceledException(cancellation);
        return Measure(run.Model);
    }

    /// <summary>The dense model, trained with a penalty where there is one, its units in the order of their importance.</summary>
    private Whole Prepare(GroupPenalty? penalty, Importance importance)
    {
        var model = subject.Load(DenseFolder);
        if (penalty is not null)
            Train(model, steps.Before, training.LearningRate * LaterRate, new GroupLassoOptions { Penalty = penalty, Schedule = new(penalty is TargetDecay ? 0.8 : 0.2) });
        var (found, accuracy) = (Found(model), penalty is null ? kept.Get($"dense {steps.Dense}", TrainDense).Accuracy : Measure(model).Accuracy);
        var calibration = Batches(2, rows: 16);
        UnitOrder.Descending(importance.Measure(model, new Calibration(calibration, CalibrationBatches), subject.Kind, cancellation)).Apply();
        return new Whole(model, accuracy, found, penalty is null ? steps.Before + steps.After : steps.After);
    }

    private PrunedAccuracy Cut(Whole whole, string method, double share)
    {
        var plan = PlanOf(share);
        using var cut = subject.Cut(whole.Model, plan);
        var after = Measure(cut).Accuracy;
        Train(cut, whole.StepsLeft, training.LearningRate * LaterRate, null);
        return new PrunedAccuracy(method, share, plan.ToString(), subject.Size(plan), whole.Accuracy, after, Measure(cut), whole.Found);
    }

    private PrunedAccuracy Alone(double share)
    {
        var plan = PlanOf(share);
        using var model = subject.Create(plan, (ulong)training.Seed);
        Train(model, steps.Dense + steps.Before + steps.After, training.LearningRate, null);
        return new PrunedAccuracy("trained alone", share, plan.ToString(), subject.Size(plan), double.NaN, double.NaN, Measure(model), "");
    }

    /// <summary>What the largest gap of norms would make of each layer.</summary>
    private string Found(TModel model) => string.Join(", ", model.Groups.Where(groups => groups.Kind == subject.Kind).Select(groups => new GapThreshold().Find(groups.NormValues())).Select(found => found.IsCertain
        ? string.Create(CultureInfo.InvariantCulture, $"{found.Kept} (gap {(found.Gap > 1e6 ? "above 1e6" : found.Gap.ToString("N0", CultureInfo.InvariantCulture))})")
        : "no gap"));

    private void Train(TModel model, long count, double rate, GroupLassoOptions? lasso)
    {
        if (count == 0)
            return;
        var batches = Batches(1);
        using var trainer = new Trainer(model, batches, Options(count, rate) with { GroupLasso = lasso });
        if (!trainer.Run(cancellation: cancellation))
            throw new OperationCanceledException(cancellation);
    }

    private ImageScore Measure(TModel model)
    {
        var batches = Batches(3, rows: 100);
        subject.BeforeUse(model, batches);
        var measured = new AccuracyEvaluation(model, held).Measure(model.Images.FullWidths, cancellation);
        return new ImageScore(measured.Accuracy, measured.StandardError);
    }

    /// <summary>Batches of a phase: each phase has an order of its own.</summary>
    private ImageBatches Batches(int phase, int? rows = null) =>
        new(images, regularization, subject.Config, training with { Seed = training.Seed + phase, BatchSize = rows ?? training.BatchSize });

    private TrainingOptions Options(long count, double rate) => training with
    {
        Objective = new WholeObjective(),
        Steps = count,
        LearningRate = rate,
        WarmUpSteps = Math.Min(100, count / 10),
    };

    private void Say(string line) => AnsiConsole.Console.WriteLine($"{subject.Name}, {line}");

    private static string Percent(double share) => double.IsNaN(share) ? "nothing" : share.ToString("P2", CultureInfo.InvariantCulture);

    private sealed record Whole(TModel Model, double Accuracy, string Found, long StepsLeft);
}
