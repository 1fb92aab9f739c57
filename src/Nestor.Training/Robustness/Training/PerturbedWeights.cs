using Nestor.Training.Nested;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Training;

/// <summary>Weights moved against the loss, until this is disposed: adversarial weight perturbation (AWP).</summary>
/// <remarks>Wu et al. 2020 (arXiv 2004.05884), §4.2, in its direct form: every matrix or filter moves by a share of its own norm along its gradient; vectors stay.</remarks>
internal sealed class PerturbedWeights : IDisposable
{
    private const double Tiny = 1e-20;

    private readonly List<(Tensor Weight, Tensor Before)> moved = [];

    /// <summary>Moves the weights.</summary>
    /// <param name="parameters">The model's weights.</param>
    /// <param name="loss">What to raise.</param>
    /// <param name="share">How far, as a share of each weight's norm.</param>
    public static PerturbedWeights Of(IReadOnlyList<NestedParameter> parameters, Tensor loss, double share)
    {
        var perturbed = new PerturbedWeights();
        List<Tensor> weights = [.. parameters.Select(parameter => (Tensor)parameter.Weight).Where(weight => weight.dim() > 1 && weight.requires_grad)];
        using var scope = NewDisposeScope();
        var gradients = autograd.grad([loss], weights, allow_unused: true);
        using var quiet = no_grad();
        foreach (var (weight, gradient) in weights.Zip(gradients).Where(pair => pair.Second is not null))
        {
            perturbed.moved.Add((weight, weight.clone().DetachFromDisposeScope()));
            weight.add_(gradient * (share * weight.norm() / (gradient.norm() + Tiny)));
        }

        return perturbed;
    }

    /// <summary>Puts the weights back.</summary>
    public void Dispose()
    {
        using var quiet = no_grad();
        foreach (var (weight, before) in moved)
        {
            weight.copy_(before);
            before.Dispose();
        }
    }
}
