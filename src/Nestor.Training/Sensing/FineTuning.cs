using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Trains a pruned factor on the loss alone, which takes the penalty's bias away: <see cref="GradientDescent"/>, <see cref="ScaledGradientDescent"/> or <see cref="GaussNewton"/>.</summary>
public abstract record FineTuning
{
    /// <summary>Most steps.</summary>
    public abstract int Iterations { get; init; }

    /// <summary>Stops where a step changes UUᵀ by less than this share of it; 0 for all steps.</summary>
    public double Tolerance { get; init; } = 1e-8;

    /// <summary>Fine-tunes.</summary>
    /// <param name="loss">The loss; the Gauss-Newton method takes it as quadratic in X.</param>
    /// <param name="start">(d, r); it stays as it is.</param>
    /// <param name="progress">Called after every step.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="NestorException">An option is impossible, or the loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public FineTuned Run(IMatrixLoss loss, Tensor start, Action<FineTuningProgress>? progress = null, CancellationToken cancellation = default)
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
            throw new NestorException("The fine-tuning cannot start: " + string.Join("; ", problems) + ".");
        using var outer = NewDisposeScope();
        var factor = start.clone().contiguous();
        var gradient = empty(loss.Dimension, loss.Dimension, ScalarType.Float64);
        var product = factor.mm(factor.t());                                                // (d, d)
        for (var iteration = 1; ; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var value = loss.Evaluate(product, gradient);
            if (!double.IsFinite(value))
                throw new NestorException($"The fine-tuning left all bounds after {iteration - 1} steps; its step size is too large for this problem, choose a smaller one or Gauss-Newton.");
            factor.add_(Step(loss, factor, gradient, cancellation));
            var moved = factor.mm(factor.t());
            var change = ((moved - product).norm() / moved.norm()).item<double>();
            product.Dispose();
            product = moved.MoveToOuterDisposeScope();
            progress?.Invoke(new FineTuningProgress(iteration, value, change, factor));
            if (iteration == Iterations || change < Tolerance)
                return new FineTuned(factor.MoveToOuterDisposeScope(), iteration, change < Tolerance);
        }
    }

    /// <summary>What to add to the factor.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="factor">U, (d, r).</param>
    /// <param name="gradient">∂L/∂X at UUᵀ, (d, d).</param>
    /// <param name="cancellation">Stops a step that takes long.</param>
    private protected abstract Tensor Step(IMatrixLoss loss, Tensor factor, Tensor gradient, CancellationToken cancellation);

    private protected virtual IEnumerable<string> Problems()
    {
        if (Iterations < 1)
            yield return $"{Iterations} iterations were asked for and at least 1 is wanted";
        if (!(Tolerance >= 0))
            yield return $"the tolerance is {Tolerance} and must be 0 or more";
    }

    private protected static IEnumerable<string> StepProblems(double stepSize)
    {
        if (!(stepSize > 0) || !double.IsFinite(stepSize))
            yield return $"the step size is {stepSize} and must be above 0";
    }
}
