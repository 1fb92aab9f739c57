using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>The least-squares factor nearest to the truth: Gauss-Newton from the hidden factor. What is left of its error is noise, which no method removes.</summary>
/// <remarks>Its squared error is about <c>σ² dof / (m − dof)</c> with dof = dr − r(r−1)/2 (derived).</remarks>
public static class OracleLeastSquares
{
    private const int MostSteps = 30;

    /// <summary>Solves from the hidden factor.</summary>
    /// <param name="problem">Measurements and observations.</param>
    /// <param name="truth">U*: (dimension, rank), float64.</param>
    /// <param name="threads">Threads, the calling one included.</param>
    /// <returns>(dimension, rank), float64.</returns>
    /// <exception cref="NestorException">The rank needs more measurements than there are.</exception>
    public static Tensor Solve(SensingProblem problem, Tensor truth, int threads = 1)
    {
        problem.CheckRank((int)truth.shape[1]);
        using var scope = NewDisposeScope();
        var factor = truth.clone();
        for (var step = 0; step < MostSteps; step++)
        {
            using var stepScope = NewDisposeScope();
            var change = FactorLeastSquares.Step(problem, factor, threads);
            factor.add_(change);
            if (change.norm().item<double>() <= 1e-14 * factor.norm().item<double>())
                break;
        }

        return factor.MoveToOuterDisposeScope();
    }
}
