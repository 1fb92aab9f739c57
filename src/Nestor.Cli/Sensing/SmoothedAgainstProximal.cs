using System.Text;
using Nestor.Training.Sensing;
using static Nestor.Cli.Sensing.Cells;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E12: the proximal form gives exact zeros and needs no β; both find the same columns.</summary>
internal sealed record SmoothedAgainstProximal() : SensingExperiment("E12", "Smoothed against proximal")
{
    private const double Step = 0.05;
    private const int Iterations = 2500;

    public override SensingSection Run(SensingContext context)
    {
        var seeds = context.Seeds(5, quick: 1);
        (string Name, ColumnPenalty Penalty)[] forms = [("smoothed, β = 0.01", new SmoothedGroupLasso(0.05, 0.01)), ("proximal", new ProximalGroupLasso(0.05))];
        var rows = forms.ToDictionary(form => form.Name, _ => new List<(int Live, int Since, int Zeros, double Pruned, double Tuned)>());
        foreach (var seed in seeds)
        {
            using var scope = NewDisposeScope();
            var settings = new SyntheticSensing { Seed = seed };
            using var made = settings.Create();
            var loss = new EmpiricalLoss(made.Problem, context.Threads);
            foreach (var (name, penalty) in forms)
            {
                context.Tell($"{name}, seed {seed + 1} of {seeds.Count}");
                var descent = new PerturbedDescent(loss, penalty, Whole(Step, Iterations)).Run(RandomStart.Of(settings.Dimension, settings.Dimension, 0.1, seed), cancellation: context.Cancellation);
                var pruned = GreedyPruning.KeepLargest(descent.Factor, Math.Max(1, descent.Certificate.Live));
                var tuned = new GaussNewton().Run(loss, pruned, cancellation: context.Cancellation).Factor;
                rows[name].Add((descent.Certificate.Live, descent.LiveSince, ColumnNorms.Of(descent.Factor).Count(norm => norm == 0), Error(pruned, made.Truth), Error(tuned, made.Truth)));
            }
        }

        var text = new StringBuilder();
        text.Append($"The problem of E1, λ = 0.05, η = {Step}, {Iterations} steps, {seeds.Count} seeds.\n");
        text.Heading("form", "exactly r", "from step", "columns that are exactly zero", "error after pruning", "after Gauss-Newton");
        foreach (var (name, all) in rows)
            text.Row(name, $"{all.Count(row => row.Live == 3)} of {all.Count}", Range(all.Select(row => (double)row.Since)), Range(all.Select(row => (double)row.Zeros)), Range(all.Select(row => row.Pruned)), Range(all.Select(row => row.Tuned)));
        return new SensingSection(text.ToString(), []);
    }
}
