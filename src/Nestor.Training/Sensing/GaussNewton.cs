using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>The Gauss-Newton method on a factor: each step minimises the loss of <c>X + U Dᵀ + D Uᵀ</c> over D, by conjugate gradients.</summary>
/// <remarks>
/// The loss is quadratic in X, so its gradient is affine, and one pass over the measurements gives a product with the Hessian; no Jacobian is stored. With <c>(UᵀU)⁻¹</c> as
/// preconditioner the number of passes does not depend on how long the columns are. Directions that only turn the columns never enter: they
/// are no part of any gradient. Near the end the factor's own curvature, <c>2 ⟨∂L/∂X, D Dᵀ⟩</c>, joins in at no cost: with noise the plain method converges only linearly. A step is solved as far as the next one can use: to its own relative size, and no further than the tolerance asks.
/// </remarks>
public sealed record GaussNewton : FineTuning
{
    private const double LoosestSolve = 0.05, LeastBend = 0.5, SafetyOfTolerance = 0.1, Rounding = 1e-14;

    /// <inheritdoc/>
    public override int Iterations { get; init; } = 30;

    /// <summary>Most passes over the measurements in a step.</summary>
    public int Passes { get; init; } = 50;

    private protected override Tensor Step(IMatrixLoss loss, Tensor factor, Tensor gradient, CancellationToken cancellation)
    {
        using var outer = NewDisposeScope();
        var product = factor.mm(factor.t());                                                // (d, d)
        var inverse = linalg.inv(factor.t().mm(factor));                                    // (r, r)
        var (step, residual) = (zeros_like(factor), gradient.mm(factor).mul_(-2));
        var better = residual.mm(inverse);
        var direction = better.clone();
        var squared = Dot(residual, better);
        var (enough, withOwn) = (0.0, false);
        for (var pass = 0; pass < Passes && squared > enough; pass++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var curved = HessianTimes(loss, factor, product, gradient, direction);
            var (bend, ownBend) = (Dot(direction, curved), 2 * Dot(direction, gradient.mm(direction)));
            var isConvex = bend + ownBend > LeastBend * bend;
            withOwn = pass == 0 ? isConvex : withOwn;
            if (!(bend > 0) || (withOwn && !isConvex))
                break;
            if (withOwn)
            {
                curved.add_(gradient.mm(direction), alpha: 2);
                bend += ownBend;
            }

            var length = squared / bend;
            step.add_(direction * length);
            if (pass == 0)
            {
                var size = (step.norm() / factor.norm()).item<double>();
                if (size < Rounding)
                    break;
                var solve = Math.Max(Math.Min(LoosestSolve, size), Math.Max(SafetyOfTolerance * Tolerance, Rounding) / size);
                enough = solve * solve * squared;
            }

            residual.sub_(curved * length);
            better.copy_(residual.mm(inverse));
            var next = Dot(residual, better);
            direction.mul_(next / squared).add_(better);
            squared = next;
        }

        return step.MoveToOuterDisposeScope();
    }

    private protected override IEnumerable<string> Problems()
    {
        foreach (var problem in base.Problems())
            yield return problem;
        if (Passes < 1)
            yield return $"{Passes} passes a step were asked for and at least 1 is wanted";
    }

    /// <summary>The gradient's change along <c>U Dᵀ + D Uᵀ</c>, by the factor. The gradient is affine in X: the change is exact at any length, and least rounded at X's own.</summary>
    private static Tensor HessianTimes(IMatrixLoss loss, Tensor factor, Tensor product, Tensor gradient, Tensor direction)
    {
        var tangent = factor.mm(direction.t());
        tangent = tangent + tangent.t();                                                    // (d, d)
        var scale = (product.norm() / tangent.norm()).item<double>();
        var there = empty_like(gradient);
        loss.Evaluate((product + tangent * scale).contiguous(), there);
        return there.sub_(gradient).mm(factor).mul_(2 / scale);
    }

    private static double Dot(Tensor a, Tensor b) => (a * b).sum().item<double>();
}
