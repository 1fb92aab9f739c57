using static TorchSharp.torch;

namespace Nestor.Training.Sensing.Peers;

/// <summary>Gradient descent without a penalty from a small random square factor, whose product is then cut to its leading eigenvalues.</summary>
/// <remarks>
/// From a small start descent passes matrices of small rank first (Li, Ma and Zhang 2018), so a gap in the spectrum tells the rank as long as the descent
/// is stopped before it fits the noise. The columns cannot be pruned, but the product can: the simplest rival of a penalty.
/// </remarks>
public sealed record SmallStartDescent
{
    /// <summary>Deviation of the start's entries.</summary>
    public double Deviation { get; init; } = 1e-3;

    /// <summary>Step size η.</summary>
    public double StepSize { get; init; } = 0.05;

    /// <summary>Steps; with noise, later ones fit it.</summary>
    public int Iterations { get; init; } = 2000;

    /// <summary>Decides the start.</summary>
    public ulong Seed { get; init; }

    /// <summary>Runs with as many columns as rows.</summary>
    /// <exception cref="NestorException">An option is impossible, or the descent leaves all bounds.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SensingEstimate Run(IMatrixLoss loss, CancellationToken cancellation = default)
    {
        using var outer = NewDisposeScope();
        var start = RandomStart.Of(loss.Dimension, loss.Dimension, Deviation, Seed);
        var options = new DescentOptions { StepSize = StepSize, Iterations = Iterations, FirstCheck = Iterations, StopWhenCertified = false, PerturbationRadius = 0, DropBelow = -1 };
        var descent = new PerturbedDescent(loss, new WeightDecay(0), options).Run(start, cancellation: cancellation);
        var product = descent.Factor.mm(descent.Factor.t());
        return new SensingEstimate(product.MoveToOuterDisposeScope(), SpectralGap.Rank(product), descent.Iterations, descent.Iterations + 1, IsAtRest: false);
    }
}
