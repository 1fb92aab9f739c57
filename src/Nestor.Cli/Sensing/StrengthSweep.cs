using System.Text;
using Nestor.Cli.Reports;
using Nestor.Training.Sensing;
using ScottPlot;
using static Nestor.Cli.Sensing.Cells;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E2: too weak a penalty leaves columns of noise, and the steps to exactly r grow with 1/λ.</summary>
internal sealed record StrengthSweep() : SensingExperiment("E2", "The strength λ")
{
    private const double Step = 0.05, Beta = 0.01;
    private const int Most = 12_000, Least = 2000, TuningSteps = 1500;

    private static readonly double[] Lambdas = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

    public override SensingSection Run(SensingContext context)
    {
        double[] noises = [0, 0.1, 0.3];
        var lambdas = context.Choose(Lambdas, 6, 8);
        var (cells, tuned, times) = (new Dictionary<(double, double), string>(), new List<string>(), new List<ChartLine>());
        var wronglyCertified = 0;
        foreach (var noise in noises)
        {
            using var scope = NewDisposeScope();
            var settings = new SyntheticSensing { Noise = noise };
            using var made = settings.Create();
            var loss = new EmpiricalLoss(made.Problem, context.Threads);
            var (reached, since, errors) = (new List<double>(), new List<double>(), new List<double>());
            foreach (var lambda in lambdas)
            {
                context.Tell($"noise {noise}, lambda {lambda}");
                using var inner = NewDisposeScope();
                var options = Whole(Step, Iterations(lambda)) with { DropBelow = 1e-8 };
                var descent = new PerturbedDescent(loss, new SmoothedGroupLasso(lambda, Beta), options).Run(RandomStart.Of(settings.Dimension, settings.Dimension, 0.1, settings.Seed), cancellation: context.Cancellation);
                var (live, holds, right) = (descent.Certificate.Live, descent.Certificate.Holds, descent.Certificate.Live == settings.Rank);
                cells[(noise, lambda)] = $"{(holds ? $"**{live}**" : live)} ({Number(ErrorOfLongest(descent.Factor, live, made.Truth))}){(right ? $" [{descent.LiveSince}]" : "")}";
                wronglyCertified += holds && !right ? 1 : 0;
                if (!right)
                    continue;
                reached.Add(lambda);
                since.Add(descent.LiveSince);
                errors.Add(Error(new GradientDescent(Step) { Iterations = TuningSteps, Tolerance = 0 }.Run(loss, GreedyPruning.KeepLargest(descent.Factor, live), cancellation: context.Cancellation).Factor, made.Truth));
            }

            var oracle = OracleLeastSquares.Solve(made.Problem, made.Factor, context.Threads);
            tuned.Add($"noise {noise}: {(errors.Count == 0 ? "no count was r" : Range(errors))}, oracle {Number(Error(oracle, made.Truth))}");
            if (reached.Count > 0)
                times.Add(new ChartLine($"noise {noise}", reached, since));
        }

        var text = new StringBuilder();
        text.Append($"The problem of E1, seed 0; at most {Most} steps. Surviving columns (error after pruning to them) [step from which on the count is r]. Bold: the certificate holds.\n");
        text.Heading(["λ", .. noises.Select(noise => $"noise {noise}")]);
        foreach (var lambda in lambdas)
            text.Row([$"{lambda}", .. noises.Select(noise => cells[(noise, lambda)])]);
        text.Append($"\nThe certificate tells a finished descent from a plateau. It cannot tell that λ is too weak: there, columns of noise are minima of the objective. Noise is as steep as ε = σ sqrt(2d/m), and a column of noise holds itself up for λ below (8/(3√3)) ε^1.5: {string.Join(", ", noises.Select(noise => $"{Number(Upheld(noise))} at noise {noise}"))}.\n");
        text.Append($"\nCertified with another count than r: {wronglyCertified} of {cells.Count}. After {TuningSteps} steps of fine-tuning, where r survive: {string.Join("; ", tuned)}.\n");
        double[] law = [lambdas[0], lambdas[^1]];
        times.Add(new ChartLine("2 / (ηλ)", law, [.. law.Select(lambda => 2 / (Step * lambda))], IsDashed: true));
        times.Add(new ChartLine("4 / (ηλ)", law, [.. law.Select(lambda => 4 / (Step * lambda))], IsDashed: true));
        return new SensingSection(text.ToString(), [new LineChart("sensing-time.png", "Steps until exactly r columns are left", "λ", "steps", times) { LogX = true, LogY = true, Legend = Alignment.UpperRight }]);
    }

    private static double Upheld(double noise) => 8 / (3 * Math.Sqrt(3)) * Math.Pow(noise * Math.Sqrt(2.0 * 50 / 750), 1.5);

    private static int Iterations(double lambda) => (int)Math.Min(Most, Math.Max(Least, 6 / (Step * lambda)));
}
