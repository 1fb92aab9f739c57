using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>What live columns do not explain, after a quick fine-tuning that takes the penalty's bias away.</summary>
/// <param name="Deviation">The noise's standard deviation: from the loss and the numbers left free, or as given; not a number where the columns leave none free.</param>
/// <param name="Factor">The live columns, fine-tuned, (d, live), orthogonal.</param>
/// <param name="Missing">Directions besides the columns, from the steepest, (d, d).</param>
/// <param name="Slopes">How steeply each leads down, halved: for Gaussian measurements about the eigenvalue that is missing.</param>
internal sealed record NoiseEstimate(double Deviation, Tensor Factor, Tensor Missing, double[] Slopes)
{
    // The columns move by less than what noise moves them.
    private const double Rough = 1e-3;

    /// <summary>The steepest direction besides the columns.</summary>
    public double Steepest => Slopes[0];

    /// <summary>Length of the shortest column; 0 where there is none.</summary>
    public double Shortest { get; } = ColumnNorms.Of(Factor).DefaultIfEmpty().Min();

    /// <summary>Estimates.</summary>
    /// <param name="problem">Measurements and observations.</param>
    /// <param name="loss">Their loss.</param>
    /// <param name="descent">Gives the live columns.</param>
    /// <param name="known">The noise's deviation, if known.</param>
    /// <param name="cancellation">Stops it.</param>
    public static NoiseEstimate Of(SensingProblem problem, EmpiricalLoss loss, DescentResult descent, double? known, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var norms = ColumnNorms.Of(descent.Factor);
        var live = Enumerable.Range(0, norms.Length).Where(j => norms[j] > descent.Penalty.Threshold).ToList();
        var factor = ColumnNorms.Select(descent.Factor, live);
        if (live.Count > 0 && problem.Count > SensingProblem.DegreesOfFreedom(problem.Dimension, live.Count))
            factor = new GaussNewton { Tolerance = Rough }.Run(loss, ColumnRotation.Apply(factor), cancellation: cancellation).Factor;
        return At(problem, loss, factor, known).MoveToOuterScope();
    }

    /// <summary>Estimates from columns that are fine-tuned already.</summary>
    /// <param name="problem">Measurements and observations.</param>
    /// <param name="loss">Their loss.</param>
    /// <param name="tuned">(d, live).</param>
    /// <param name="known">The noise's deviation, if known.</param>
    public static NoiseEstimate At(SensingProblem problem, EmpiricalLoss loss, Tensor tuned, double? known)
    {
        using var scope = NewDisposeScope();
        var factor = tuned.shape[1] > 0 ? ColumnRotation.Apply(tuned) : tuned.clone();
        var freedom = problem.Count - SensingProblem.DegreesOfFreedom(problem.Dimension, (int)factor.shape[1]);
        var gradient = empty(problem.Dimension, problem.Dimension, ScalarType.Float64);
        var value = loss.Evaluate(factor.mm(factor.t()).contiguous(), gradient);
        var (slopes, directions) = linalg.eigh(Besides(factor, gradient));                     // ascending: the steepest way down is first
        return new NoiseEstimate(
            known ?? (freedom > 0 ? Math.Sqrt(value * problem.Count / freedom) : double.NaN),
            factor.MoveToOuterDisposeScope(),
            directions.MoveToOuterDisposeScope(),
            [.. slopes.data<double>().Select(slope => -slope / 2)]);
    }

    /// <summary>The columns, and the missing directions that are steeper than a bound as further ones.</summary>
    /// <param name="share">Share of a direction's slope that its column is given, squared.</param>
    /// <param name="above">The bound.</param>
    /// <param name="most">Most columns.</param>
    public Tensor WithMissing(double share, double above, int most)
    {
        using var scope = NewDisposeScope();
        var count = Math.Min(Slopes.Count(slope => slope > above), most - (int)Factor.shape[1]);
        if (count <= 0)
            return Factor.clone().MoveToOuterDisposeScope();
        var lengths = tensor(Slopes[..count].Select(slope => Math.Sqrt(share * slope)).ToArray());
        return cat([Factor, Missing.narrow(1, 0, count) * lengths], 1).contiguous().MoveToOuterDisposeScope();
    }

    private NoiseEstimate MoveToOuterScope()
    {
        Factor.MoveToOuterDisposeScope();
        Missing.MoveToOuterDisposeScope();
        return this;
    }

    /// <summary>The gradient with the columns' directions taken out on both sides.</summary>
    private static Tensor Besides(Tensor factor, Tensor gradient)
    {
        if (factor.shape[1] == 0)
            return gradient;
        var basis = linalg.qr(factor).Q;                                                       // (d, live)
        var others = eye(gradient.shape[0], dtype: ScalarType.Float64) - basis.mm(basis.t());
        return others.mm(gradient).mm(others);
    }
}
