using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>Where the square attack begins and what it tries next, in one norm.</summary>
internal abstract class SquareMoves(Threat threat, Generator random)
{
    protected Threat Threat => threat;

    /// <summary>The first perturbed images.</summary>
    public abstract Tensor Start(Tensor origin);

    /// <summary>The next ones to try.</summary>
    /// <param name="image">(n, channels, height, width) the best so far.</param>
    /// <param name="origin">(n, channels, height, width) unperturbed images.</param>
    /// <param name="share">The share of the pixels to change.</param>
    public abstract Tensor Propose(Tensor image, Tensor origin, double share);

    /// <summary>Side of a square with a share of the pixels.</summary>
    protected static int Side(Tensor image, double share) => (int)Math.Round(Math.Sqrt(share * image.shape[2] * image.shape[3]), MidpointRounding.ToEven);

    /// <summary>A random place for a window of some length: 0 to extent - length.</summary>
    protected long Place(long extent, long length) => randint(extent - length + 1, [1], generator: random).item<long>();

    /// <summary>Random signs.</summary>
    protected Tensor Signs(params long[] shape) => randint(2, shape, dtype: ScalarType.Float32, generator: random) * 2 - 1;

    /// <summary>A fair coin.</summary>
    protected bool Coin() => randint(2, [1], generator: random).item<long>() == 1;
}
