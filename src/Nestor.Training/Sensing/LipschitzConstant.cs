using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>How fast the gradient of a quadratic loss changes at most: the largest eigenvalue of its Hessian, by power iterations.</summary>
internal static class LipschitzConstant
{
    /// <summary>Measures it; each iteration is a pass over the measurements.</summary>
    public static double Of(IMatrixLoss loss, int iterations)
    {
        using var outer = NewDisposeScope();
        var origin = zeros(loss.Dimension, loss.Dimension, ScalarType.Float64);
        var (atOrigin, gradient) = (empty_like(origin), empty_like(origin));
        loss.Evaluate(origin, atOrigin);
        var direction = atOrigin / atOrigin.norm();
        var largest = 0.0;
        for (var i = 0; i < iterations; i++)
        {
            using var scope = NewDisposeScope();
            loss.Evaluate(direction, gradient);
            gradient.sub_(atOrigin);                                                        // The Hessian times the direction.
            largest = gradient.norm().item<double>();
            direction.copy_(gradient).div_(largest);
        }

        return largest;
    }
}
