using System.Text;
using Nestor.Cli.Reports;
using Nestor.Training.Sensing;
using ScottPlot;
using static Nestor.Cli.Sensing.Cells;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E10: fine-tuning converges at a linear rate; the rate of plain descent depends on the shortest column, that of scaled descent does not, and Gauss-Newton is quadratic.</summary>
internal sealed record Conditioning() : SensingExperiment("E10", "Fine-tuning and conditioning")
{
    private const double Step = 0.1, Wanted = 1e-11;
    private const int Rank = 4, MostSteps = 6000, NewtonSteps = 5, Drawn = 700;

    public override SensingSection Run(SensingContext context)
    {
        var (text, lines) = (new StringBuilder(), new List<ChartLine>());
        text.Append($"d = 50, r = {Rank}, m = 6dr, no noise, singular values from 1 to σ_r, start U* + 0.05 σ_r N(0, 1)/√d. The rate is that of the second half of the way to an error of {Number(Wanted)}; 4ησ_r² is the contraction that the population loss would have.\n");
        text.Heading("σ_r (κ of M)", "GD: rate", "steps", "(1 − rate)/(4ησ_r²)", "scaled GD: rate", "steps", "Gauss-Newton: errors of its steps");
        foreach (var shortest in context.Choose([1, 0.6, 0.4, 0.2, 0.1], 1))
        {
            context.Tell($"shortest {shortest}");
            using var scope = NewDisposeScope();
            var settings = new SyntheticSensing { SingularValues = SyntheticSensing.Even(Rank, 1, shortest), Measurements = 6 * 50 * Rank, Noise = 0 };
            using var made = settings.Create();
            var loss = new EmpiricalLoss(made.Problem, context.Threads);
            var start = made.Factor + RandomStart.Of(50, Rank, 0.05 * shortest / Math.Sqrt(50), settings.Seed);
            var plain = Errors(new GradientDescent(Step) { Iterations = MostSteps, Tolerance = 0 });
            var scaled = Errors(new ScaledGradientDescent(Step) { Iterations = MostSteps, Tolerance = 0 });
            var newton = Errors(new GaussNewton { Iterations = NewtonSteps, Passes = 400, Tolerance = 0 });
            var rate = Rate(plain);
            text.Row($"{shortest} ({1 / (shortest * shortest):F0})", $"{rate:F4}", Steps(plain), $"{(1 - rate) / (4 * Step * shortest * shortest):F2}", $"{Rate(scaled):F3}", Steps(scaled), string.Join(" ", newton.Select(Number)));
            if (shortest is 1 or 0.6 or 0.4 or 0.2)
                lines.Add(Line($"gradient descent, κ = {1 / (shortest * shortest):F0}", plain));
            if (shortest is 0.2 || context.IsQuick)
            {
                lines.Add(Line($"scaled, κ = {1 / (shortest * shortest):F0}", scaled));
                lines.Add(Line($"Gauss-Newton, κ = {1 / (shortest * shortest):F0}", newton));
            }

            List<double> Errors(FineTuning tuning)
            {
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Cancellation);
                var errors = new List<double> { Error(start, made.Truth) };
                try
                {
                    tuning.Run(loss, start, step =>
                    {
                        errors.Add(Error(step.Factor, made.Truth));
                        if (errors[^1] < Wanted && tuning is not GaussNewton)
                            stop.Cancel();
                    }, stop.Token);
                }
                catch (OperationCanceledException) when (!context.Cancellation.IsCancellationRequested)
                {
                }

                return errors;
            }
        }

        return new SensingSection(text.ToString(), [new LineChart("sensing-rate.png", "Fine-tuning converges at a linear rate", "step", "error, Frobenius norm", lines) { LogY = true, Legend = Alignment.UpperRight }]);
    }

    private static string Steps(List<double> errors) => errors[^1] < Wanted ? $"{errors.Count - 1}" : $"> {MostSteps}";

    private static double Rate(List<double> errors) => Math.Pow(errors[^1] / errors[errors.Count / 2], 1.0 / (errors.Count - 1 - errors.Count / 2));

    private static ChartLine Line(string name, List<double> errors)
    {
        var shown = errors.Take(Drawn).TakeWhile(error => error > 1e-15).ToList();
        return new ChartLine(name, [.. Enumerable.Range(0, shown.Count).Select(i => (double)i)], shown);
    }
}
