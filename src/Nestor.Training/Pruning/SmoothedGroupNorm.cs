using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>The smoothed group norm, n² / sqrt(n² + beta), of joint norms n.</summary>
/// <remarks>Rajaraman et al. 2023 (arXiv 2303.11453), the smooth group lasso, on the weights of a unit in place of a column.</remarks>
internal static class SmoothedGroupNorm
{
    /// <summary>What multiplies a unit's weights in the gradient, (n² + 2 beta) / (n² + beta)^(3/2): (units) from norms (units).</summary>
    public static Tensor GradientFactors(Tensor norms, double beta)
    {
        var squares = norms.square();
        return (squares + 2 * beta) / (squares + beta).pow(1.5);
    }
}
