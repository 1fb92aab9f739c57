using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>The linear least-squares problem of a Gauss-Newton step on a factor: the smallest <c>Δ</c> that minimises <c>‖J Δ − (y − A(UUᵀ))‖</c>.</summary>
/// <remarks>
/// A factor may be rotated without changing UUᵀ, so J loses rank along U K with antisymmetric K. These directions are known: their projector is added
/// to the normal equations, which makes them positive definite and changes nothing else, because the right side is orthogonal to them (derived).
/// </remarks>
internal static class FactorLeastSquares
{
    /// <summary>The step at a factor.</summary>
    /// <param name="problem">Measurements and observations.</param>
    /// <param name="factor">U: (dimension, rank), float64, of full column rank.</param>
    /// <param name="threads">Threads of the derivative.</param>
    /// <returns>Δ: (dimension, rank), float64.</returns>
    /// <exception cref="NestorException">The measurements do not determine the factor.</exception>
    public static Tensor Step(SensingProblem problem, Tensor factor, int threads)
    {
        using var scope = NewDisposeScope();
        var (dimension, rank) = (factor.shape[0], factor.shape[1]);
        var observed = new double[problem.Count];
        problem.Measurements.Apply(factor.mm(factor.t()), observed);
        var missing = tensor(problem.Observations.ToArray()).sub_(tensor(observed)).unsqueeze(1);   // (count, 1)
        var jacobian = FactorJacobian.At(problem.Measurements, factor, threads);                   // (count, rank · dimension)
        var normal = jacobian.t().mm(jacobian);
        if (rank > 1)
        {
            var rotations = Rotations(factor);                                                       // (rank · dimension, rank(rank−1)/2)
            var scale = normal.diagonal().mean();
            normal.add_(rotations.mm(rotations.t()).mul_(scale));
        }

        try
        {
            var step = cholesky_solve(jacobian.t().mm(missing), linalg.cholesky(normal));
            return step.reshape(rank, dimension).t().contiguous().MoveToOuterDisposeScope();
        }
        catch (System.Runtime.InteropServices.ExternalException error)
        {
            throw new NestorException($"{problem.Count} measurements do not determine a factor of rank {rank}: its normal equations are singular; take more measurements or a smaller rank.", error);
        }
    }

    /// <summary>Orthonormal directions that rotate the factor.</summary>
    private static Tensor Rotations(Tensor factor)
    {
        var rank = (int)factor.shape[1];
        var directions = new List<Tensor>();
        for (var i = 0; i < rank; i++)
        {
            for (var j = i + 1; j < rank; j++)
            {
                var direction = zeros(factor.shape[1], factor.shape[0], ScalarType.Float64);
                direction[i].copy_(factor.select(1, j));
                direction[j].copy_(factor.select(1, i).neg());
                directions.Add(direction.reshape(-1));
            }
        }

        return linalg.qr(stack(directions, dim: 1)).Q;
    }
}
