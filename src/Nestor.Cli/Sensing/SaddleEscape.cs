using System.Text;
using Nestor.Training.Sensing;
using static Nestor.Cli.Sensing.Cells;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E6: equal parallel columns are a saddle, which the smallest perturbation leaves.</summary>
internal sealed record SaddleEscape() : SensingExperiment("E6", "Leaving a saddle")
{
    private const double Step = 0.1;
    private const int Iterations = 4000;

    public override SensingSection Run(SensingContext context)
    {
        using var scope = NewDisposeScope();
        var settings = new SyntheticSensing();
        var factor = settings.Factor();
        var truth = factor.mm(factor.t());
        var twice = cat([factor, factor], 1) / Math.Sqrt(2);
        var penalty = new SmoothedGroupLasso(0.05, 0.01);
        var text = new StringBuilder();
        text.Append($"Population loss, λ = {penalty.Lambda}, β = {penalty.Beta}, η = {Step}, {Iterations} steps from [U*/√2, U*/√2], every true column twice. The last row's start is the exact saddle, and the descent takes its own small random step where the gradient is small.\n");
        text.Heading("perturbation of the start", "surviving columns", "from step", "their norms");
        foreach (var size in (double[])[0, 1e-6, 1e-3, 1e-2])
            Add($"{Number(size)}", twice + RandomStart.Of(settings.Dimension, 2 * settings.Rank, size, settings.Seed), Whole(Step, Iterations) with { PerturbationRadius = 0 });
        Add("0, perturbed descent", twice, Whole(Step, Iterations));
        return new SensingSection(text.ToString(), []);

        void Add(string name, Tensor start, DescentOptions options)
        {
            context.Tell($"perturbation {name}");
            var descent = new PerturbedDescent(new PopulationLoss(truth), penalty, options).Run(start, cancellation: context.Cancellation);
            text.Row(name, $"{descent.Certificate.Live}", $"{descent.LiveSince}", string.Join(" ", ColumnNorms.Descending(descent.Factor).Take(descent.Certificate.Live).Select(Number)));
        }
    }
}
