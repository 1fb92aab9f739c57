using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Accelerated proximal gradient descent on a matrix: gradient steps of size 1/L with momentum, each followed by a threshold on eigenvalues.</summary>
/// <remarks>
/// Beck and Teboulle 2009 (FISTA), with the restarts of O'Donoghue and Candès 2015. With <see cref="Peers.TraceNorm"/> it is the strongest common method that needs no
/// rank; with <see cref="SchattenHalf"/> it does what group lasso and rotations do.
/// </remarks>
/// <param name="Threshold">The penalty.</param>
public sealed record AcceleratedThresholding(SpectralThreshold Threshold)
{
    /// <summary>Most steps.</summary>
    public int Iterations { get; init; } = 2000;

    /// <summary>Stops where a step changes X by less than this share of it.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Power iterations for L.</summary>
    public int PowerIterations { get; init; } = 30;

    /// <summary>Eigenvalues up to this do not count for the rank.</summary>
    public double RankFloor { get; init; } = 1e-3;

    /// <summary>Runs from zero.</summary>
    /// <exception cref="NestorException">An option is impossible, or nothing is left above the threshold.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SensingEstimate Run(IMatrixLoss loss, CancellationToken cancellation = default)
    {
        ThresholdingOptions.Check(Threshold, Iterations, Tolerance);
        using var outer = NewDisposeScope();
        var step = 1 / LipschitzConstant.Of(loss, PowerIterations);
        var gradient = empty(loss.Dimension, loss.Dimension, ScalarType.Float64);
        var current = zeros_like(gradient);
        var ahead = zeros_like(gradient);
        var momentum = 1.0;
        for (var iteration = 1; ; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            loss.Evaluate(ahead, gradient);
            var (next, _, _) = SpectralStep.Apply(ahead - step * gradient, Threshold, step);
            var move = next - current;
            var change = move.norm().item<double>() / Math.Max(next.norm().item<double>(), double.Epsilon);
            if ((ahead - next).mul_(move).sum().item<double>() > 0)
            {
                momentum = 1;                                                                // It overshot: begin anew from here.
                ahead.copy_(next);
            }
            else
            {
                var following = (1 + Math.Sqrt(1 + 4 * momentum * momentum)) / 2;
                ahead.copy_(next).add_(move, alpha: (momentum - 1) / following);
                momentum = following;
            }

            current.copy_(next);
            if (change < Tolerance || iteration == Iterations)
                return ThresholdingOptions.Estimate(current, RankFloor, iteration, 1 + PowerIterations + iteration, change < Tolerance);
        }
    }
}
