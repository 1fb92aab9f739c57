using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>Squares for the Euclidean norm: bumps that take the length of the change from one window to another.</summary>
/// <remarks>Andriushchenko et al. 2020 (arXiv 1912.00049), algorithm 3.</remarks>
internal sealed class SquareBumps(Threat threat, Generator random) : SquareMoves(threat, random)
{
    private const int TilesPerSide = 5, SmallestSide = 3;
    private const double Tiny = 1e-12;

    public override Tensor Start(Tensor origin)
    {
        var (count, channels, height, width) = (origin.shape[0], origin.shape[1], origin.shape[2], origin.shape[3]);
        var side = Math.Max(1, height / TilesPerSide);
        var first = (height - side * TilesPerSide) / 2;
        var change = zeros_like(origin);
        for (var top = Math.Max(0, first); top + side <= height; top += side)
        {
            for (var left = Math.Max(0, first); left + side <= width; left += side)
                change.narrow(2, top, side).narrow(3, left, side).add_(Bump((int)side).to(origin.device) * Signs(count, channels, 1, 1).to(origin.device));
        }

        return AtFullLength(change, origin);
    }

    public override Tensor Propose(Tensor image, Tensor origin, double share)
    {
        var (count, channels, height, width) = (image.shape[0], image.shape[1], image.shape[2], image.shape[3]);
        var side = Math.Min(Math.Max(Side(image, share), SmallestSide) | 1, Math.Min(height, width));
        var (top, left, otherTop, otherLeft) = (Place(height, side), Place(width, side), Place(height, side), Place(width, side));
        var change = (image - origin).clone();
        var inWindows = zeros(1, 1, height, width, device: image.device);
        Window(inWindows, top, left).fill_(1);
        Window(inWindows, otherTop, otherLeft).fill_(1);

        var length = Threat.Size(change);                                                               // (n, 1, 1, 1)
        var lengthInWindows = Length(change * inWindows);                                               // (n, channels, 1, 1)
        var old = Window(change, top, left);
        var bump = Bump((int)side).to(image.device) * Signs(count, channels, 1, 1).to(image.device) + old / (Length(old) + Tiny);
        var free = (Threat.Epsilon * Threat.Epsilon - length.square()).clamp_(min: 0) / channels;
        bump = bump / (Length(bump) + Tiny) * (free + lengthInWindows.square()).sqrt();
        Window(change, otherTop, otherLeft).zero_();
        Window(change, top, left).copy_(bump);
        return AtFullLength(change, origin);

        Tensor Window(Tensor whole, long y, long x) => whole.narrow(2, y, side).narrow(3, x, side);
    }

    /// <summary>Two halves of opposite sign, each a heap of ever smaller rectangles: (side, side), of length 1.</summary>
    internal Tensor Bump(int side)
    {
        var bump = cat([Heap(side / 2, side), -Heap(side - side / 2, side)], 0);
        bump = bump / bump.square().sum().sqrt();
        return Coin() ? bump.t() : bump;
    }

    private static Tensor Heap(int height, int width)
    {
        var heap = zeros(height, width);
        var (y, x) = (height / 2, width / 2);
        for (var ring = 0; ring <= Math.Max(height / 2, width / 2); ring++)
        {
            var (top, left) = (Math.Max(y - ring, 0), Math.Max(x - ring, 0));
            var (bottom, right) = (Math.Min(y + ring + 1, height), Math.Min(x + ring + 1, width));
            if (bottom > top && right > left)
                heap.narrow(0, top, bottom - top).narrow(1, left, right - left).add_(1.0 / ((ring + 1) * (ring + 1)));
        }

        return heap / (heap.square().sum().sqrt() + Tiny);
    }

    // Per channel, (n, channels, 1, 1).
    private static Tensor Length(Tensor change) => change.square().sum([2, 3], keepdim: true).sqrt();

    private Tensor AtFullLength(Tensor change, Tensor origin) => (origin + change * (Threat.Epsilon / (Threat.Size(change) + Tiny))).clamp_(0, 1);
}
