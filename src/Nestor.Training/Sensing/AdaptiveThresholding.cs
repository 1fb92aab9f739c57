using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Proximal gradient descent on a matrix with step sizes from the last two gradients, each step followed by a threshold on eigenvalues.</summary>
/// <remarks>
/// Barzilai and Borwein 1988 with the acceptance of Wright, Nowak and Figueiredo 2009 (SpaRSA). The constant L that safe steps need is that of all symmetric
/// matrices; along the matrices of small rank that are visited, the loss bends several times less, and steps are as much longer.
/// </remarks>
/// <param name="Threshold">The penalty.</param>
public sealed record AdaptiveThresholding(SpectralThreshold Threshold)
{
    // A step must lie below the worst of the last few values, by a little of its length; how steps shrink where it does not.
    private const int Remembered = 5;
    private const double Decrease = 1e-3, Shrink = 0.5;

    /// <summary>Most steps.</summary>
    public int Iterations { get; init; } = 2000;

    /// <summary>Stops where a step changes X by less than this share of it.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Eigenvalues up to this do not count for the rank.</summary>
    public double RankFloor { get; init; } = 1e-3;

    /// <summary>Runs from zero.</summary>
    /// <exception cref="NestorException">An option is impossible, or nothing is left above the threshold.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SensingEstimate Run(IMatrixLoss loss, CancellationToken cancellation = default)
    {
        ThresholdingOptions.Check(Threshold, Iterations, Tolerance);
        using var outer = NewDisposeScope();
        var current = zeros(loss.Dimension, loss.Dimension, ScalarType.Float64);
        var (gradient, nextGradient) = (empty_like(current), empty_like(current));
        var values = new Queue<double>([loss.Evaluate(current, gradient)]);
        var step = FirstStep(loss, values.Peek(), gradient);
        var passes = 2;
        for (var iteration = 1; ; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            Tensor next, move;
            double value, squared;
            for (; ; step *= Shrink)
            {
                (next, _, var penalty) = SpectralStep.Apply(current - step * gradient, Threshold, step);
                value = loss.Evaluate(next, nextGradient) + penalty;
                passes++;
                move = next - current;
                squared = Dot(move, move);
                if (value <= values.Max() - Decrease / (2 * step) * squared || squared == 0)
                    break;
            }

            values.Enqueue(value);
            if (values.Count > Remembered)
                values.Dequeue();
            var change = Math.Sqrt(squared / Math.Max(Dot(next, next), double.Epsilon));
            var bend = Dot(move, nextGradient - gradient);
            if (bend > 0)
                step = squared / bend;
            current.copy_(next);
            (gradient, nextGradient) = (nextGradient, gradient);
            if (change < Tolerance || iteration == Iterations)
                return ThresholdingOptions.Estimate(current, RankFloor, iteration, passes, change < Tolerance);
        }
    }

    /// <summary>The best step along the steepest single direction down from zero.</summary>
    private static double FirstStep(IMatrixLoss loss, double atOrigin, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var leading = LeadingFactor.Of(-gradient, 1);
        var direction = leading.mm(leading.t());                                             // Its product with −∂L/∂X is its own square.
        var squared = Dot(direction, direction);
        if (squared == 0)
            throw new NestorException("No positive matrix fits these observations better than zero; check their signs and that they are not all zero.");
        var bend = loss.Evaluate(direction, empty_like(gradient)) - atOrigin + squared;      // The loss is a parabola along a line.
        return squared / (2 * bend);
    }

    private static double Dot(Tensor a, Tensor b) => (a * b).sum().item<double>();
}
