using System.Text;
using Nestor.Cli.Reports;
using Nestor.Training.Sensing;
using ScottPlot;
using static Nestor.Cli.Sensing.Cells;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E4: what is left when only the longest columns are kept, with the penalty, without it, and with weight decay.</summary>
internal sealed record PruningCurves() : SensingExperiment("E4", "Pruning curves against weight decay")
{
    private const double Step = 0.05, Beta = 0.01, Decay = 0.03, RankFloor = 1e-2;

    public override SensingSection Run(SensingContext context)
    {
        using var scope = NewDisposeScope();
        var settings = new SyntheticSensing { Noise = 0.05 };
        using var made = settings.Create();
        var loss = new EmpiricalLoss(made.Problem, context.Threads);
        Tensor Start(double deviation) => RandomStart.Of(settings.Dimension, settings.Dimension, deviation, settings.Seed);
        Tensor Lasso(double lambda, int iterations)
        {
            context.Tell($"group lasso, lambda {lambda}");
            return new PerturbedDescent(loss, new SmoothedGroupLasso(lambda, Beta), Whole(Step, iterations)).Run(Start(0.1), cancellation: context.Cancellation).Factor;
        }

        (string Name, Tensor Factor)[] runs =
        [
            ("group lasso 0.05", Lasso(0.05, 2500)),
            ("group lasso 0.02", Lasso(0.02, context.IsQuick ? 4000 : 6000)),
            ("no penalty, start 0.1", Unpenalised(loss, Start(0.1), Step, 2500, context.Cancellation)),
            ("no penalty, start 0.001", Unpenalised(loss, Start(1e-3), Step, 2500, context.Cancellation)),
            ($"weight decay {Decay}", Decayed(loss, Start(0.1), Decay, Step, 2500, context.Cancellation)),
        ];
        int[] counts = [1, 2, 3, 4, 5, 7, 10, 15, 20, 25, 30, 35, 40, 45, 50];
        int[] shown = [3, 5, 10, 20, 40];
        var (text, lines) = (new StringBuilder(), new List<ChartLine>());
        text.Append($"The problem of E1 with noise {settings.Noise}, seed 0. Error ‖UUᵀ − M‖ when the c longest columns are kept; the rank is the number of eigenvalues of UUᵀ above {RankFloor}.\n");
        text.Heading(["run", "rank of UUᵀ", "all columns", .. shown.Select(count => $"c = {count}")]);
        foreach (var (name, factor) in runs)
        {
            var rank = (linalg.eigvalsh(factor.mm(factor.t())) > RankFloor).sum().item<long>();
            text.Row([name, $"{rank}", Number(Error(factor, made.Truth)), .. shown.Select(count => Number(ErrorOfLongest(factor, count, made.Truth)))]);
            lines.Add(new ChartLine(name, [.. counts.Select(count => (double)count)], [.. counts.Select(count => ErrorOfLongest(factor, count, made.Truth))]));
        }

        text.Append("\nWeight decay on a factor is the trace norm of the product: it finds the rank and spreads it over all columns, so that none can be cut.\n");
        return new SensingSection(text.ToString(), [new LineChart("sensing-pruning.png", "Error when only the longest columns are kept", "columns kept", "error, Frobenius norm", lines) { Legend = Alignment.UpperRight }]);
    }
}
