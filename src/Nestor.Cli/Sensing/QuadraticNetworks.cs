using System.Text;
using Nestor.Training.Sensing;
using static Nestor.Cli.Sensing.Cells;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E11: two-layer networks with quadratic activations are the same problem with A_i = x_i x_iᵀ.</summary>
internal sealed record QuadraticNetworks() : SensingExperiment("E11", "Two-layer networks with quadratic activations")
{
    private const double Step = 0.01, TuningStep = 0.02, Beta = 0.01, Deviation = 0.05;
    private const int Dimension = 30, Columns = 60, TuningSteps = 1500, BareSteps = 6000;

    public override SensingSection Run(SensingContext context)
    {
        (int Count, double Noise)[] problems = [(450, 0), (450, 0.2), (900, 0), (900, 0.2)];
        double[] lambdas = [0.1, 0.05, 0.02];
        var text = new StringBuilder();
        text.Append($"y = Σ_j (u_j·x)², x ~ N(0, I), d = {Dimension}, k = {Columns}, r = 3, β = {Beta}, η = {Step}, start N(0, {Deviation}²), 6/(ηλ) steps; seed 0.\n");
        text.Heading("n, noise", "λ", "surviving neurons", "from step", "(r+1)-th norm", "certified", "error after pruning", "after fine-tuning", "oracle");
        var bare = new List<double>();
        foreach (var (count, noise) in context.Choose(problems, 0))
        {
            using var scope = NewDisposeScope();
            var settings = new SyntheticSensing { Dimension = Dimension, Measurements = count, Noise = noise, Kind = MeasurementKind.QuadraticNetwork };
            using var made = settings.Create();
            var loss = new EmpiricalLoss(made.Problem, context.Threads);
            var start = RandomStart.Of(Dimension, Columns, Deviation, settings.Seed);
            var oracle = Error(OracleLeastSquares.Solve(made.Problem, made.Factor, context.Threads), made.Truth);
            foreach (var lambda in context.Choose(lambdas, 0))
            {
                context.Tell($"n {count}, noise {noise}, lambda {lambda}");
                using var inner = NewDisposeScope();
                var descent = new PerturbedDescent(loss, new SmoothedGroupLasso(lambda, Beta), Whole(Step, (int)(6 / (Step * lambda)))).Run(start, cancellation: context.Cancellation);
                var live = descent.Certificate.Live;
                var tuned = live == 0 ? double.NaN : Error(new GradientDescent(TuningStep) { Iterations = TuningSteps, Tolerance = 0 }.Run(loss, GreedyPruning.KeepLargest(descent.Factor, live), cancellation: context.Cancellation).Factor, made.Truth);
                text.Row($"{count}, {noise}", $"{lambda}", $"{live}", $"{descent.LiveSince}", Number(ColumnNorms.Descending(descent.Factor)[settings.Rank]), descent.Certificate.Holds ? "yes" : "no", Number(ErrorOfLongest(descent.Factor, live, made.Truth)), Number(tuned), Number(oracle));
            }

            context.Tell($"n {count}, noise {noise}, no penalty");
            bare.Add(LongerThan(ColumnNorms.Of(Unpenalised(loss, start, Step, BareSteps, context.Cancellation)), 0.5));
        }

        text.Append($"\nWithout a penalty, {BareSteps} steps: {Range(bare)} of {Columns} neurons above half of the longest.\n");
        return new SensingSection(text.ToString(), []);
    }
}
