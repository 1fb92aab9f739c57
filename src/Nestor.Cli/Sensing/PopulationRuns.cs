using System.Text;
using Nestor.Training.Sensing;
using static Nestor.Cli.Sensing.Cells;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E3: on the population loss, time and bias follow their laws at every start.</summary>
internal sealed record PopulationRuns() : SensingExperiment("E3", "Population loss")
{
    private const double Step = 0.1;
    private const int Iterations = 8000, BareIterations = 3000;

    public override SensingSection Run(SensingContext context)
    {
        var settings = new SyntheticSensing();
        using var scope = NewDisposeScope();
        var factor = settings.Factor();
        var truth = factor.mm(factor.t());
        var loss = new PopulationLoss(truth);
        (double Lambda, double Beta)[] all = [(0.05, 0.01), (0.05, 0.04), (0.02, 0.01), (0.02, 0.0025), (0.01, 0.01), (0.01, 0.0025), (0.01, 1e-4), (0.005, 0.0025)];
        double[] starts = [0.1, 0.01, 0.001];
        var text = new StringBuilder();
        text.Append($"d = k = {settings.Dimension}, singular values {string.Join(", ", settings.SingularValues)}, η = {Step}, {Iterations} steps. Step from which on r columns survive; in brackets the count where it is not r.\n");
        text.Heading(["λ, β", .. starts.Select(start => $"start {start}"), "2 / (ηλ)", "error after pruning", "(λ/4) sqrt(Σ 1/σ²)"]);
        var exact = 0;
        var settingsRun = context.Choose(all, 0);
        foreach (var (lambda, beta) in settingsRun)
        {
            var (counts, errors) = (new List<string>(), new List<double>());
            foreach (var start in starts)
            {
                context.Tell($"lambda {lambda}, beta {beta}, start {start}");
                using var inner = NewDisposeScope();
                var descent = new PerturbedDescent(loss, new SmoothedGroupLasso(lambda, beta), Whole(Step, Iterations) with { DropBelow = 1e-12 }).Run(RandomStart.Of(settings.Dimension, settings.Dimension, start, settings.Seed), cancellation: context.Cancellation);
                var live = descent.Certificate.Live;
                exact += live == settings.Rank ? 1 : 0;
                counts.Add(live == settings.Rank ? $"{descent.LiveSince}" : $"({live})");
                errors.Add(ErrorOfLongest(descent.Factor, live, truth));
            }

            var bias = lambda / 4 * Math.Sqrt(settings.SingularValues.Sum(value => 1 / (value * value)));
            text.Row([$"{lambda}, {beta}", .. counts, Number(2 / (Step * lambda)), Range(errors), Number(bias)]);
        }

        var norms = starts.Select(start => ColumnNorms.Of(Unpenalised(loss, RandomStart.Of(settings.Dimension, settings.Dimension, start, settings.Seed), Step, BareIterations, context.Cancellation))).ToList();
        text.Append($"\nExactly r in {exact} of {settingsRun.Count * starts.Length} runs. Without a penalty, {BareIterations} steps: {Range(norms.Select(one => (double)LongerThan(one, 0.5)))} of {settings.Dimension} columns above half of the longest, {Range(norms.Select(one => (double)LongerThan(one, 0.25)))} above a quarter, {Range(norms.Select(one => (double)LongerThan(one, 0.1)))} above a tenth.\n");
        return new SensingSection(text.ToString(), []);
    }
}
