using Nestor.Training.Nested;
using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>What the loss would change by, to first order, if a unit fell silent: the root mean square over batches of ⟨w_out, ∂L/∂w_out⟩.</summary>
/// <remarks>
/// The product of a unit's output weights with their gradient is the derivative by a factor on the unit: the sensitivity of Michel et al. 2019 (arXiv 1905.10650) for heads
/// and of DynaBERT (arXiv 2004.04037); the square is that of Molchanov et al. 2019 (arXiv 1906.10771). For units of every kind.
/// </remarks>
public sealed record Taylor : Importance
{
    private protected override IReadOnlyList<double[]> Score(INestedModel model, IReadOnlyList<UnitGroups> groups, Calibration calibration, CancellationToken cancellation)
    {
        var squares = groups.Select(set => new double[set.Count]).ToList();
        calibration.Run(
            model,
            batch =>
            {
                model.Loss(batch, model.Config.FullWidths).backward();
                using var quiet = no_grad();
                for (var i = 0; i < groups.Count; i++)
                    Add(groups[i], squares[i]);
                foreach (var parameter in model.Parameters)
                    parameter.Weight.grad = null;
            },
            cancellation);
        return [.. squares.Select(sums => sums.Select(sum => Math.Sqrt(sum / calibration.Batches)).ToArray())];
    }

    private static void Add(UnitGroups groups, double[] sums)
    {
        var products = Readers(groups)
            .Where(member => member.Weight.grad is not null)
            .Select(member => member.SumPerUnit(member.Weight * member.Weight.grad!, groups.Count))
            .Aggregate((sum, more) => sum + more);                                                       // (units)
        var values = products.square().to(ScalarType.Float64).cpu().data<double>();
        for (var unit = 0; unit < sums.Length; unit++)
            sums[unit] += values[unit];
    }
}
