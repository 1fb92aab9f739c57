using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Turns a factor's columns orthogonal without changing the matrix it stands for: <c>U · eigenvectors(UᵀU)</c>.</summary>
/// <remarks>
/// The loss of UUᵀ stays and the group lasso can only fall, so the turn may be taken at any time (derived: the penalty is Schur-concave in the squared norms, and the
/// diagonal of UᵀU is majorised by its eigenvalues). It holds where the loss sees only UUᵀ: matrix sensing and networks with quadratic activations, not others.
/// </remarks>
public static class ColumnRotation
{
    /// <summary>The turned factor, its columns from the longest to the shortest.</summary>
    /// <param name="factor">U, (d, k).</param>
    /// <returns>(d, k), a new tensor.</returns>
    public static Tensor Apply(Tensor factor)
    {
        using var turn = TurnOf(factor);
        return factor.mm(turn);
    }

    /// <summary>What to multiply a factor with: the eigenvectors of UᵀU, (k, k), from the largest eigenvalue to the smallest.</summary>
    internal static Tensor TurnOf(Tensor factor)
    {
        using var scope = NewDisposeScope();
        var (_, vectors) = linalg.eigh(factor.t().mm(factor));                     // (k, k), ascending
        return vectors.flip(1).MoveToOuterDisposeScope();
    }
}
