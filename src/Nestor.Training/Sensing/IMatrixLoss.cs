using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>A smooth loss of a symmetric matrix <c>X</c>, which the methods of this folder minimise over a factor <c>U</c> with <c>X = U Uᵀ</c>.</summary>
/// <remarks>Not safe for several threads at a time: an implementation may keep buffers.</remarks>
public interface IMatrixLoss
{
    /// <summary>Rows of <c>X</c>.</summary>
    int Dimension { get; }

    /// <summary>The loss at <paramref name="x"/>, and its derivative.</summary>
    /// <param name="x">Symmetric, (dimension, dimension), float64, contiguous.</param>
    /// <param name="gradient">
    /// Overwritten with ∂L/∂X, symmetric, (dimension, dimension), float64, contiguous. By the chain rule the gradient by the factor is <c>2 · gradient · U</c>.
    /// </param>
    /// <returns>The loss.</returns>
    double Evaluate(Tensor x, Tensor gradient);
}
