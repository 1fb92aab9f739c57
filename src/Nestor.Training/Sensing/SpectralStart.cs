using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>A start from the data: the positive part of the loss's steepest way down from X = 0, as a factor with orthogonal columns.</summary>
/// <remarks>For Gaussian measurements the way down is <c>2/m Σ y_i A_i</c>, twice the hidden matrix on average (spectral initialisation).</remarks>
public static class SpectralStart
{
    private const double StepShare = 0.1;

    /// <summary>A step size that is safe near a start from the data: a share of <c>1 / (‖X‖ c)</c>, c being the loss's curvature along X.</summary>
    /// <param name="loss">A loss that is quadratic in X.</param>
    /// <param name="start">What <see cref="Of"/> gave, (d, k).</param>
    public static double StepSize(IMatrixLoss loss, Tensor start)
    {
        using var scope = NewDisposeScope();
        var product = start.mm(start.t());
        var gradient = empty_like(product);
        var fall = loss.Evaluate(zeros_like(product), gradient) - loss.Evaluate(product, gradient);
        var curvature = fall / product.square().sum().item<double>();                        // At the lowest point of a parabola, fall and bend are equal.
        return StepShare / (curvature * linalg.eigvalsh(product)[-1].item<double>());
    }

    /// <summary>The start with at most <paramref name="columns"/> columns, fewer where fewer directions lead down; its length along the way is the best one.</summary>
    /// <returns>(d, columns), the longest first.</returns>
    /// <exception cref="NestorException">No direction leads down: the observations are all zero or speak against any positive matrix.</exception>
    public static Tensor Of(IMatrixLoss loss, int columns)
    {
        using var scope = NewDisposeScope();
        var origin = zeros(loss.Dimension, loss.Dimension, ScalarType.Float64);
        var gradient = empty_like(origin);
        var atOrigin = loss.Evaluate(origin, gradient);
        var (values, vectors) = linalg.eigh(-gradient);                                     // ascending
        var kept = Math.Min(columns, (values > 0).sum().item<long>());
        if (kept == 0)
            throw new NestorException("No positive matrix fits these observations better than zero; check their signs and that they are not all zero.");
        values = values.narrow(0, loss.Dimension - kept, kept).flip(0);
        var factor = vectors.narrow(1, loss.Dimension - kept, kept).flip(1) * values.sqrt();  // (d, kept)
        var product = factor.mm(factor.t());
        var slope = (product * gradient).sum().item<double>();
        var bend = loss.Evaluate(product, gradient) - atOrigin - slope;                      // The loss is a parabola along a line.
        return (factor * Math.Sqrt(-slope / (2 * bend))).contiguous().MoveToOuterDisposeScope();
    }
}
