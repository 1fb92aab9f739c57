using System.Text;
using Nestor.Training.Sensing;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E7: too strong a penalty keeps true columns from growing, or lets them vanish.</summary>
internal sealed record StrengthWindow() : SensingExperiment("E7", "The upper end of the window of λ")
{
    private const double Step = 0.05, Beta = 0.01;
    private const int Iterations = 8000;

    public override SensingSection Run(SensingContext context)
    {
        using var scope = NewDisposeScope();
        var settings = new SyntheticSensing { SingularValues = [1, 0.8, 0.6] };
        var factor = settings.Factor();
        var loss = new PopulationLoss(factor.mm(factor.t()));
        var holds = context.Choose([0.1, 0.25, 0.5, 0.6, 0.66, 0.8, 0.95, 1.05, 1.5, 2.5, 4, 6], 2, 7);
        double[] starts = [1e-4, 0.1];
        var text = new StringBuilder();
        text.Append($"Population loss, singular values {string.Join(", ", settings.SingularValues)}, β = {Beta}, η = {Step}, {Iterations} steps; τ = λ/(2√β) is what holds a column at the origin, where directions lead down by σ² = 1, 0.64, 0.36. Surviving columns.\n");
        text.Heading([.. holds.Select(hold => $"τ = {hold}").Prepend("start")]);
        foreach (var start in starts)
        {
            var counts = new List<string> { $"{start}" };
            foreach (var hold in holds)
            {
                context.Tell($"start {start}, tau {hold}");
                using var inner = NewDisposeScope();
                var penalty = new SmoothedGroupLasso(hold * 2 * Math.Sqrt(Beta), Beta);
                counts.Add($"{new PerturbedDescent(loss, penalty, Whole(Step, Iterations)).Run(RandomStart.Of(settings.Dimension, settings.Dimension, start, settings.Seed), cancellation: context.Cancellation).Certificate.Live}");
            }

            text.Row(counts);
        }

        return new SensingSection(text.ToString(), []);
    }
}
