using Nestor.Training.Sensing;
using Nestor.Training.Sensing.Peers;
using static TorchSharp.torch;

namespace Nestor.Cli.Sensing;

/// <summary>What the experiments measure of a factor.</summary>
internal static class FactorMeasures
{
    /// <summary>‖UUᵀ − M‖ in Frobenius' norm.</summary>
    public static double Error(Tensor factor, Tensor truth)
    {
        using var scope = NewDisposeScope();
        return (factor.mm(factor.t()) - truth).norm().item<double>();
    }

    /// <summary>‖UUᵀ − M‖ of the longest columns alone.</summary>
    public static double ErrorOfLongest(Tensor factor, int columns, Tensor truth)
    {
        using var scope = NewDisposeScope();
        return columns == 0 ? truth.norm().item<double>() : Error(GreedyPruning.KeepLargest(factor, columns), truth);
    }

    /// <summary>‖X − M‖ of UUᵀ cut to a rank by its eigenvalues.</summary>
    public static double ErrorOfRank(Tensor factor, int rank, Tensor truth)
    {
        using var scope = NewDisposeScope();
        return Error(LeadingFactor.Of(factor.mm(factor.t()), rank), truth);
    }

    /// <summary>Columns longer than a share of the longest.</summary>
    public static int LongerThan(double[] norms, double share) => norms.Count(norm => norm > share * norms.Max());

    /// <summary>Descends without any penalty.</summary>
    public static Tensor Unpenalised(IMatrixLoss loss, Tensor start, double stepSize, int iterations, CancellationToken cancellation) =>
        Decayed(loss, start, 0, stepSize, iterations, cancellation);

    /// <summary>Descends with weight decay.</summary>
    public static Tensor Decayed(IMatrixLoss loss, Tensor start, double decay, double stepSize, int iterations, CancellationToken cancellation) =>
        new PerturbedDescent(loss, new WeightDecay(decay), Whole(stepSize, iterations) with { PerturbationRadius = 0, FirstCheck = iterations }).Run(start, cancellation: cancellation).Factor;

    /// <summary>All steps are made and all columns kept, so that counts and norms can be told.</summary>
    public static DescentOptions Whole(double stepSize, int iterations) => new() { StepSize = stepSize, Iterations = iterations, StopWhenCertified = false, DropBelow = -1 };
}
