using System.Globalization;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>What an attacker may do to an image: move it by at most epsilon, within the range of pixels, 0 to 1.</summary>
/// <param name="Norm">How the size of a perturbation is measured.</param>
/// <param name="Epsilon">The largest size, in the unit of pixels that go from 0 to 1: 8 of 255 levels are 8.0 / 255.</param>
public sealed record Threat(Norm Norm, double Epsilon)
{
    // Keeps a gradient of zero from becoming not a number.
    private const double Tiny = 1e-12;

    /// <summary>Checks the radius.</summary>
    /// <exception cref="NestorException">It is negative or no number, or so large for the infinity norm that it must be meant in levels of 255.</exception>
    public void Validate()
    {
        if (!(Epsilon >= 0 && double.IsFinite(Epsilon)))
            throw new NestorException($"An epsilon of {Epsilon} was given; it is a size, 0 or more.");
        if (Norm == Norm.Infinity && Epsilon > 1)
            throw new NestorException(string.Create(CultureInfo.InvariantCulture, $"An epsilon of {Epsilon} was given for pixels from 0 to 1; if it counts levels of 255, give {Epsilon}/255 = {Epsilon / 255:0.#####}."));
    }

    /// <summary>The nearest allowed images: back into the ball, then into the range of pixels.</summary>
    /// <param name="moved">(n, channels, height, width).</param>
    /// <param name="origin">(n, channels, height, width) unperturbed images.</param>
    /// <remarks>For the Euclidean norm the range comes after the ball, as in AutoAttack; both hold afterwards, since clipping shortens the way.</remarks>
    internal Tensor Project(Tensor moved, Tensor origin)
    {
        if (Norm == Norm.Infinity)
            return maximum(minimum(moved, origin + Epsilon), origin - Epsilon).clamp_(0, 1);
        var change = moved - origin;
        return (origin + change * (Epsilon / (Size(change) + Tiny)).clamp_(max: 1)).clamp_(0, 1);
    }

    /// <summary>The direction of steepest ascent, of size 1 in the norm.</summary>
    /// <param name="gradient">(n, channels, height, width).</param>
    internal Tensor Direction(Tensor gradient) => Norm == Norm.Infinity ? gradient.sign() : gradient / (Size(gradient) + Tiny);

    /// <summary>Images at random places of the ball.</summary>
    /// <param name="origin">(n, channels, height, width) unperturbed images.</param>
    /// <param name="random">Where the numbers come from.</param>
    internal Tensor RandomStart(Tensor origin, Generator random)
    {
        if (Norm == Norm.Infinity)
            return Project(origin + (rand(origin.shape, generator: random).to(origin.device) * 2 - 1) * Epsilon, origin);
        return Project(origin + Direction(randn(origin.shape, generator: random).to(origin.device)) * Epsilon, origin);
    }

    /// <summary>Images at random places of the ball's surface, before they are clipped to the range of pixels.</summary>
    /// <param name="origin">(n, channels, height, width) unperturbed images.</param>
    /// <param name="random">Where the numbers come from.</param>
    internal Tensor RandomSurface(Tensor origin, Generator random)
    {
        var change = Norm == Norm.Infinity ? rand(origin.shape, generator: random) * 2 - 1 : randn(origin.shape, generator: random);
        change = change.to(origin.device);
        return (origin + change * (Epsilon / (Size(change) + Tiny))).clamp_(0, 1);
    }

    /// <summary>The sizes of changes, (n, 1, 1, 1).</summary>
    internal Tensor Size(Tensor change) => Norm == Norm.Infinity
        ? change.abs().amax([1, 2, 3], keepdim: true)
        : change.square().sum([1, 2, 3], keepdim: true).sqrt();
}
