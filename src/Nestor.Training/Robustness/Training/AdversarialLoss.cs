using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Training;

/// <summary>Cross-entropy at the neighbour alone (PGD-AT; with one step Fast-AT).</summary>
/// <remarks>Madry et al. 2018 (arXiv 1706.06083), eq. 2.1; one step from a random start: Wong et al. 2020 (arXiv 2001.03994).</remarks>
public sealed record AdversarialLoss : RobustLoss
{
    internal override bool BeginsNearby => false;

    internal override bool ReadsClean => false;

    internal override Tensor Sought(Tensor? clean, Tensor moved, Tensor labels) => CrossEntropy(moved, labels);

    internal override Tensor Of(Tensor? clean, Tensor moved, Tensor labels) => CrossEntropy(moved, labels).mean();
}
