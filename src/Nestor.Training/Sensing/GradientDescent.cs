using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Plain gradient descent on the loss: linear convergence at a rate of about <c>1 − 2 η σ_r²</c>, slow where the shortest column is short.</summary>
/// <param name="StepSize">η: below about <c>0.25 / ‖X‖</c>.</param>
/// <remarks>Rajaraman et al. 2023 (arXiv 2303.11453): from a pruned factor it converges at a linear rate.</remarks>
public sealed record GradientDescent(double StepSize = 0.1) : FineTuning
{
    /// <inheritdoc/>
    public override int Iterations { get; init; } = 5000;

    private protected override Tensor Step(IMatrixLoss loss, Tensor factor, Tensor gradient, CancellationToken cancellation) =>
        gradient.mm(factor).mul_(-2 * StepSize);

    private protected override IEnumerable<string> Problems() => base.Problems().Concat(StepProblems(StepSize));
}
