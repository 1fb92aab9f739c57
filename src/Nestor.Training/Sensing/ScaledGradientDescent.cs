using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Gradient descent times <c>(UᵀU)⁻¹</c>: the rate does not depend on how long the columns are.</summary>
/// <param name="StepSize">η, without unit: at most 0.1 is safe, at 0.2 it leaves all bounds.</param>
/// <remarks>Tong, Ma and Chi 2021 (arXiv 2005.08898).</remarks>
public sealed record ScaledGradientDescent(double StepSize = 0.1) : FineTuning
{
    /// <inheritdoc/>
    public override int Iterations { get; init; } = 1000;

    private protected override Tensor Step(IMatrixLoss loss, Tensor factor, Tensor gradient, CancellationToken cancellation) =>
        gradient.mm(factor).mul_(-2 * StepSize).mm(linalg.inv(factor.t().mm(factor)));

    private protected override IEnumerable<string> Problems() => base.Problems().Concat(StepProblems(StepSize));
}
