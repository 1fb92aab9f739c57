using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Robustness.Training;

/// <summary>Boosted cross-entropy at the neighbour, and the divergence from the image, weighted by how unsure the model is of the image (MART).</summary>
/// <param name="Beta">Weight of the divergence.</param>
/// <remarks>Wang et al. 2020 (ICLR, "Improving adversarial robustness requires revisiting misclassified examples"), eq. 11, with the constants of its program.</remarks>
public sealed record MartLoss(double Beta = 5) : RobustLoss
{
    private const double OverOne = 1.0001, Tiny = 1e-12, OverOneInWeights = 1.0000001;

    internal override bool BeginsNearby => true;

    internal override Tensor Sought(Tensor? clean, Tensor moved, Tensor labels) => CrossEntropy(moved, labels);

    internal override Tensor Of(Tensor? clean, Tensor moved, Tensor labels)
    {
        var right = labels.unsqueeze(1);
        var probabilities = softmax(moved, 1);
        var largestWrong = probabilities.scatter(1, right, zeros(labels.shape[0], 1, device: moved.device)).amax([1]);
        var boosted = CrossEntropy(moved, labels) - (OverOne - largestWrong + Tiny).log();
        var doubt = OverOneInWeights - softmax(clean!, 1).gather(1, right).squeeze(1);
        return boosted.mean() + Beta * (Divergence(clean!, moved) * doubt).mean();
    }
}
