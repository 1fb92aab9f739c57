using System.Text;
using Nestor.Training.Sensing;
using static Nestor.Cli.Sensing.Cells;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E8: the smoothing β works over five decades, until its threshold is above the true columns.</summary>
internal sealed record SmoothingSweep() : SensingExperiment("E8", "The smoothing β")
{
    private const double LargestStep = 0.05, Lambda = 0.05, StepShare = 0.8;
    private const int Iterations = 4000;

    public override SensingSection Run(SensingContext context)
    {
        using var scope = NewDisposeScope();
        var settings = new SyntheticSensing();
        using var made = settings.Create();
        var loss = new EmpiricalLoss(made.Problem, context.Threads);
        var text = new StringBuilder();
        text.Append($"The problem of E1, seed 0, λ = {Lambda}, η = min({LargestStep}, {StepShare} √β/λ), {Iterations} steps at η = {LargestStep} and as long a way at others.\n");
        text.Heading("β", "threshold 2√β", "τ", "surviving columns", "from step", "r-th / (r+1)-th norm", "certified");
        foreach (var beta in context.Choose([1e-6, 1e-4, 1e-3, 4e-3, 1e-2, 4e-2, 0.1, 0.16, 0.2], 4, 8))
        {
            context.Tell($"beta {beta}");
            using var inner = NewDisposeScope();
            var penalty = new SmoothedGroupLasso(Lambda, beta);
            var step = Math.Min(LargestStep, StepShare * Math.Sqrt(beta) / Lambda);
            var descent = new PerturbedDescent(loss, penalty, Whole(step, (int)(Iterations * LargestStep / step))).Run(RandomStart.Of(settings.Dimension, settings.Dimension, 0.1, settings.Seed), cancellation: context.Cancellation);
            var norms = ColumnNorms.Descending(descent.Factor);
            text.Row(Number(beta), Number(penalty.Threshold), Number(penalty.HoldAtOrigin / 2), $"{descent.Certificate.Live}", $"{descent.LiveSince}", $"{Number(norms[settings.Rank - 1])} / {Number(norms[settings.Rank])}", descent.Certificate.Holds ? "yes" : "no");
        }

        return new SensingSection(text.ToString(), []);
    }
}
