using System.Text;
using Nestor.Training.Sensing;
using static Nestor.Cli.Sensing.FactorMeasures;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>E9: without a penalty a vanishing start ends at U*Q with random orthonormal rows Q, so most columns are long: pruning cannot work.</summary>
internal sealed record ColumnNormLaw() : SensingExperiment("E9", "Column norms without a penalty")
{
    private const double Step = 0.1, Deviation = 1e-4;
    private const int Iterations = 3000, Draws = 400;

    public override SensingSection Run(SensingContext context)
    {
        var cases = context.Choose<(int Rank, int Columns)>([(1, 50), (2, 50), (3, 50), (5, 50), (10, 50), (3, 200)], 2);
        var seeds = context.Seeds(6, quick: 2);
        var text = new StringBuilder();
        text.Append($"Population loss, d = 50, singular values from 1 to 0.8, start N(0, {Cells.Number(Deviation)}²), η = {Step}, {Iterations} steps; {seeds.Count} seeds. Share of the columns above a share of the longest: measured, and the law ‖diag(σ) q_j‖ over {Draws} draws.\n");
        text.Heading("r, k", "> 0.5 of the longest", "law", "difference", "> 0.1 of the longest", "law", "difference");
        var largest = 0.0;
        foreach (var (rank, columns) in cases)
        {
            var settings = new SyntheticSensing { SingularValues = SyntheticSensing.Even(rank, 1, 0.8) };
            double[] measured = [0, 0], law = [0, 0], shares = [0.5, 0.1];
            foreach (var seed in seeds)
            {
                context.Tell($"rank {rank}, {columns} columns, seed {seed + 1}");
                using var scope = NewDisposeScope();
                var factor = (settings with { Seed = seed }).Factor();
                Add(measured, ColumnNorms.Of(Unpenalised(new PopulationLoss(factor.mm(factor.t())), RandomStart.Of(50, columns, Deviation, seed), Step, Iterations, context.Cancellation)), seeds.Count);
            }

            for (ulong draw = 0; draw < Draws; draw++)
            {
                using var scope = NewDisposeScope();
                var rows = linalg.qr(RandomStart.Of(columns, rank, 1, draw)).Q.mul(tensor(settings.SingularValues.ToArray()));   // (k, r): the law's columns as rows
                Add(law, ColumnNorms.Of(rows.t().contiguous()), Draws);
            }

            largest = Math.Max(largest, measured.Zip(law, (a, b) => Math.Abs(a - b)).Max());
            text.Row([$"{rank}, {columns}", .. measured.Zip(law).SelectMany(pair => (string[])[$"{pair.First:F3}", $"{pair.Second:F3}", $"{pair.First - pair.Second:+0.000;-0.000;0.000}"])]);

            void Add(double[] sums, double[] norms, int count)
            {
                for (var i = 0; i < shares.Length; i++)
                    sums[i] += (double)LongerThan(norms, shares[i]) / norms.Length / count;
            }
        }

        text.Append($"\nLargest difference: {largest:F3}.\n");
        return new SensingSection(text.ToString(), []);
    }
}
