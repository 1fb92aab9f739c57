using System.Text;
using Nestor.Training.Sensing;
using static Nestor.Cli.Sensing.Cells;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E5: how many measurements exact recovery of the rank needs.</summary>
internal sealed record SampleComplexity() : SensingExperiment("E5", "How many measurements are needed")
{
    private const double Step = 0.05, TuningStep = 0.08;
    private const int Dimension = 40, PlainIterations = 4000, RotatedIterations = 2000, TuningSteps = 500;

    private static readonly SmoothedGroupLasso Penalty = new(0.05, 0.01);

    public override SensingSection Run(SensingContext context)
    {
        var ratios = context.Choose([1.2, 1.5, 2, 2.5, 3, 4, 6, 8], 2);
        var seeds = context.Seeds(10, quick: 2);
        int[] ranks = [2, 4];
        var text = new StringBuilder();
        text.Append($"d = k = {Dimension}, singular values from 1 to 0.8, noise 0.05, λ = {Penalty.Lambda}, β = {Penalty.Beta}, η = {Step}; {seeds.Count} seeds. Seeds that end with exactly r columns (of them certified), of the plain descent (at most {PlainIterations} steps) and with rotations (at most {RotatedIterations}), and the median of the certified ones' steps; medians of the error after {TuningSteps} steps of fine-tuning and of the oracle's, over the seeds where the plain descent ends with r columns.\n");
        text.Heading([.. ranks.SelectMany(rank => (string[])[$"r = {rank}: plain", "steps", "rotated", "steps", "tuned / oracle"]).Prepend("m/(dr)")]);
        foreach (var ratio in ratios)
        {
            var cells = new List<string> { $"{ratio}" };
            foreach (var rank in ranks)
            {
                context.Tell($"m/(dr) {ratio}, rank {rank}");
                var (plain, rotated) = (new Count(), new Count());
                var (tuned, oracle) = (new List<double>(), new List<double>());
                foreach (var seed in seeds)
                    Measure(new SyntheticSensing { Dimension = Dimension, SingularValues = SyntheticSensing.Even(rank, 1, 0.8), Measurements = (int)Math.Round(ratio * Dimension * rank), Noise = 0.05, Seed = seed }, context, plain, rotated, tuned, oracle);
                cells.AddRange([plain.Cell(seeds.Count), plain.MedianSteps, rotated.Cell(seeds.Count), rotated.MedianSteps, $"{Median(tuned):F4} / {Median(oracle):F4}"]);
            }

            text.Row(cells);
        }

        return new SensingSection(text.ToString(), []);
    }

    private static void Measure(SyntheticSensing settings, SensingContext context, Count plain, Count rotated, List<double> tuned, List<double> oracle)
    {
        using var scope = NewDisposeScope();
        using var made = settings.Create();
        var loss = new EmpiricalLoss(made.Problem, context.Threads);
        DescentResult Run(int rotateEvery, int iterations) => new PerturbedDescent(loss, Penalty, new DescentOptions { StepSize = Step, Iterations = iterations, RotateEvery = rotateEvery, Seed = (long)settings.Seed })
            .Run(RandomStart.Of(Dimension, Dimension, 0.1, settings.Seed), cancellation: context.Cancellation);
        rotated.Add(Run(25, RotatedIterations), settings.Rank);
        var descent = Run(0, PlainIterations);
        plain.Add(descent, settings.Rank);
        if (descent.Certificate.Live != settings.Rank)
            return;
        tuned.Add(Error(new GradientDescent(TuningStep) { Iterations = TuningSteps, Tolerance = 0 }.Run(loss, GreedyPruning.KeepLargest(descent.Factor, settings.Rank), cancellation: context.Cancellation).Factor, made.Truth));
        oracle.Add(Error(OracleLeastSquares.Solve(made.Problem, made.Factor, context.Threads), made.Truth));
    }

    private sealed class Count
    {
        private readonly List<double> steps = [];
        private int right;

        public string MedianSteps => steps.Count == 0 ? "-" : $"{Median(steps):F0}";

        public void Add(DescentResult descent, int rank)
        {
            if (descent.Certificate.Live != rank)
                return;
            right++;
            if (descent.Certificate.Holds)
                steps.Add(descent.Iterations);
        }

        public string Cell(int seeds) => $"{right}/{seeds} ({steps.Count})";
    }
}
