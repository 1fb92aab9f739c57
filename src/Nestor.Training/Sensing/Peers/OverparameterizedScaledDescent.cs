using static TorchSharp.torch;

namespace Nestor.Training.Sensing.Peers;

/// <summary>Scaled gradient descent on a square factor, <c>U ← U − η ∇L (UᵀU + δI)⁻¹</c>, from a small random start.</summary>
/// <remarks>Xu, Shen, Chi and Ma 2023 (arXiv 2302.01186). With fewer measurements than entries and noise it fits the noise in the end.</remarks>
public sealed record OverparameterizedScaledDescent
{
    /// <summary>Deviation of the start's entries.</summary>
    public double Deviation { get; init; } = 1e-3;

    /// <summary>Step size η; from 0.1 on it diverges on these problems.</summary>
    public double StepSize { get; init; } = 0.02;

    /// <summary>Damping δ.</summary>
    public double Damping { get; init; } = 0.01;

    /// <summary>Steps.</summary>
    public int Iterations { get; init; } = 1500;

    /// <summary>Decides the start.</summary>
    public ulong Seed { get; init; }

    /// <summary>Runs with as many columns as rows.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="progress">Called after every step with its number and X, which is valid during the call.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="NestorException">The descent leaves all bounds.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SensingEstimate Run(IMatrixLoss loss, Action<int, Tensor>? progress = null, CancellationToken cancellation = default)
    {
        using var outer = NewDisposeScope();
        var factor = RandomStart.Of(loss.Dimension, loss.Dimension, Deviation, Seed);
        var gradient = empty(loss.Dimension, loss.Dimension, ScalarType.Float64);
        var damping = eye(loss.Dimension, dtype: ScalarType.Float64).mul_(Damping);
        var product = factor.mm(factor.t());
        for (var iteration = 1; iteration <= Iterations; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            if (!double.IsFinite(loss.Evaluate(product, gradient)))
                throw new NestorException($"The descent left all bounds after {iteration - 1} steps; its step size of {StepSize} is too large for this problem, choose a smaller one.");
            var scale = linalg.inv(factor.t().mm(factor).add_(damping));                      // (d, d)
            factor.add_(gradient.mm(factor).mm(scale), alpha: -2 * StepSize);
            product.copy_(factor.mm(factor.t()));
            progress?.Invoke(iteration, product);
        }

        return new SensingEstimate(product.MoveToOuterDisposeScope(), SpectralGap.Rank(product), Iterations, Iterations, IsAtRest: false);
    }
}
