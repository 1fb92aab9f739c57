using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Training;

/// <summary>Cross-entropy at the image, and the divergence of the neighbour's probabilities from the image's (TRADES).</summary>
/// <param name="Beta">Weight of the divergence.</param>
/// <remarks>Zhang et al. 2019 (arXiv 1901.08573), eq. 5. Gradients flow into both probabilities in the loss, into the neighbour's alone in the search.</remarks>
public sealed record TradesLoss(double Beta = 6) : RobustLoss
{
    internal override bool BeginsNearby => true;

    internal override Tensor Sought(Tensor? clean, Tensor moved, Tensor labels) => Divergence(clean!, moved);

    internal override Tensor Of(Tensor? clean, Tensor moved, Tensor labels) => CrossEntropy(clean!, labels).mean() + Beta * Divergence(clean!, moved).mean();
}
