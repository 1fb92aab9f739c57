using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>Squares for the infinity norm: every value at one end of what is allowed.</summary>
/// <remarks>Andriushchenko et al. 2020 (arXiv 1912.00049), algorithm 2; it begins with vertical stripes.</remarks>
internal sealed class SquareSigns(Threat threat, Generator random) : SquareMoves(threat, random)
{
    public override Tensor Start(Tensor origin) =>
        (origin + Threat.Epsilon * Signs(origin.shape[0], origin.shape[1], 1, origin.shape[3]).to(origin.device)).clamp_(0, 1);

    public override Tensor Propose(Tensor image, Tensor origin, double share)
    {
        var (height, width) = (image.shape[2], image.shape[3]);
        var side = Math.Clamp(Side(image, share), 1, Math.Min(height, width));
        var (top, left) = (Place(height, side), Place(width, side));
        var proposed = image.clone();
        var square = Window(proposed);
        square.copy_(Threat.Project(square + 2 * Threat.Epsilon * Signs(1, image.shape[1], 1, 1).to(image.device), Window(origin)));
        return proposed;

        Tensor Window(Tensor whole) => whole.narrow(2, top, side).narrow(3, left, side);
    }
}
