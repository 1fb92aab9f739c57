using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>The loss of infinitely many measurements without noise: <c>L(X) = ‖X − M‖²</c> in Frobenius' norm.</summary>
/// <remarks>
/// Rajaraman et al. 2023 (arXiv 2303.11453): the expectation of <see cref="EmpiricalLoss"/> over Gaussian measurements, up to the noise's variance.
/// ∂L/∂X = 2 (X − M), so ∇_U = 4 (UUᵀ − M) U.
/// </remarks>
/// <param name="truth">M: symmetric, (d, d), float64. It stays the caller's.</param>
public sealed class PopulationLoss(Tensor truth) : IMatrixLoss
{
    /// <inheritdoc/>
    public int Dimension => (int)truth.shape[0];

    /// <inheritdoc/>
    public double Evaluate(Tensor x, Tensor gradient)
    {
        var values = TensorMemory.Doubles(x);
        var wanted = TensorMemory.Doubles(truth);
        var slopes = TensorMemory.Doubles(gradient);
        var sum = 0.0;
        for (var i = 0; i < slopes.Length; i++)
        {
            var difference = values[i] - wanted[i];
            sum += difference * difference;
            slopes[i] = 2 * difference;
        }

        return sum;
    }
}
