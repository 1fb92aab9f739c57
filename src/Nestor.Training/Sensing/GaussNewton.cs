using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>The Gauss-Newton method on a factor: each step minimises the loss of <c>X + U Dᵀ + D Uᵀ</c> over D, by conjugate gradients.</summary>
/// <remarks>
/// The loss is quadratic in X, so its gradient is affine, and one pass over the measurements gives a product with the Hessian; no Jacobian is stored. With <c>(UᵀU)⁻¹</c> as
/// preconditioner the number of passes does not depend on how long the columns are. Directions that only turn the columns never enter: they
/// are no part of any gradient.
/// </remarks>
public sealed record GaussNewton : FineTuning
{
    private const double LoosestSolve = 0.05, Rounding = 1e-14;

    /// <inheritdoc/>
    public override int Iterations { get; init; } = 30;

    /// <summary>Most passes over the measurements in a step.</summary>
    public int Passes { get; init; } = 50;

    private protected override Tensor Step(IMatrixLoss loss, Tensor factor, Tensor gradient, CancellationToken cancellation)
    {
        using var outer = NewDisposeScope();
        var atOrigin = empty_like(gradient);
        loss.Evaluate(zeros_like(gradient), atOrigin);
        var inverse = linalg.inv(factor.t().mm(factor));                                    // (r, r)
        var (step, residual) = (zeros_like(factor), gradient.mm(factor).mul_(-2));
        var better = residual.mm(inverse);
        var direction = better.clone();
        var squared = Dot(residual, better);
        var first = squared;
        var slope = Math.Sqrt(first / Dot(atOrigin, atOrigin));                             // Without unit: 1 far away, 0 at the end.
        if (slope < Rounding)
            return step.MoveToOuterDisposeScope();
        var solve = Math.Max(Math.Min(LoosestSolve, slope), Rounding / slope);
        for (var pass = 0; pass < Passes && squared > solve * solve * first; pass++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var curved = HessianTimes(loss, factor, direction, atOrigin);
            var bend = Dot(direction, curved);
            if (bend <= 0)
                break;
            var length = squared / bend;
            step.add_(direction * length);
            residual.sub_(curved * length);
            better.copy_(residual.mm(inverse));
            var next = Dot(residual, better);
            direction.mul_(next / squared).add_(better);
            squared = next;
        }

        return step.MoveToOuterDisposeScope();
    }

    /// <summary>The gradient's change along <c>U Dᵀ + D Uᵀ</c>, by the factor. The gradient is affine in X, so it is asked for at that matrix itself, at its own size.</summary>
    private static Tensor HessianTimes(IMatrixLoss loss, Tensor factor, Tensor direction, Tensor atOrigin)
    {
        var tangent = factor.mm(direction.t());
        tangent = (tangent + tangent.t()).contiguous();                                     // (d, d)
        var size = tangent.norm().item<double>() / Math.Max(atOrigin.norm().item<double>(), double.Epsilon);
        var gradient = empty_like(atOrigin);
        loss.Evaluate(tangent / size, gradient);
        return (gradient - atOrigin).mm(factor).mul_(2 * size);
    }

    private static double Dot(Tensor a, Tensor b) => (a * b).sum().item<double>();
}
