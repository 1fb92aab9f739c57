using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Whether attacks can follow a defence's gradients at all.</summary>
internal static class Slope
{
    /// <summary>Whether the scores of every member are differentiable in the images; those of a network in another runtime are not.</summary>
    /// <param name="defence">What is asked.</param>
    /// <param name="images">(n, channels, height, width), one at least.</param>
    public static bool Exists(IDefence defence, Tensor images)
    {
        using var scope = NewDisposeScope();
        return defence.Logits(images.narrow(0, 0, 1).detach().requires_grad_()).All(scores => scores.requires_grad);
    }
}
