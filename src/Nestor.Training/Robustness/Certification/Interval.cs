using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Robustness.Certification;

/// <summary>A box of values, by its centre and the distance to its ends, as it passes through a network: what goes in lies in it, so what comes out does too.</summary>
/// <param name="Centre">Any shape.</param>
/// <param name="Radius">The same shape, 0 or more.</param>
/// <remarks>Interval bound propagation: Gowal et al. 2018 (arXiv 1810.12715), §3.1.</remarks>
public readonly record struct Interval(Tensor Centre, Tensor Radius)
{
    /// <summary>Every image that an attacker may make of some images, in the infinity norm.</summary>
    /// <param name="images">(n, channels, height, width), pixels from 0 to 1.</param>
    /// <param name="epsilon">The largest change of a pixel.</param>
    public static Interval Around(Tensor images, double epsilon) => Between((images - epsilon).clamp_(0, 1), (images + epsilon).clamp_(0, 1));

    /// <summary>The box between two ends.</summary>
    public static Interval Between(Tensor lower, Tensor upper) => new((lower + upper) / 2, (upper - lower) / 2);

    /// <summary>The least values.</summary>
    public Tensor Lower => Centre - Radius;

    /// <summary>The largest values.</summary>
    public Tensor Upper => Centre + Radius;

    /// <summary>Through a matrix.</summary>
    /// <param name="weight">(outputs, inputs).</param>
    /// <param name="bias">(outputs).</param>
    public Interval Linear(Tensor weight, Tensor? bias) => new(linear(Centre, weight, bias), linear(Radius, weight.abs()));

    /// <summary>Through a convolution.</summary>
    /// <param name="weight">(outputs, inputs, height, width).</param>
    /// <param name="bias">(outputs).</param>
    /// <param name="stride">Pixels from one output to the next.</param>
    /// <param name="padding">Zeros around the image.</param>
    public Interval Convolution(Tensor weight, Tensor? bias, long stride, long padding) => new(
        Vision.Convolution.Of(Centre, weight, bias, stride, padding),
        Vision.Convolution.Of(Radius, weight.abs(), bias: null, stride, padding));

    /// <summary>Through a function that never falls, such as ReLU, or the largest of some pixels.</summary>
    public Interval Monotone(Func<Tensor, Tensor> function) => Between(function(Lower), function(Upper));

    /// <summary>Through a view of the same values.</summary>
    public Interval Reshape(Func<Tensor, Tensor> view) => new(view(Centre), view(Radius));

    /// <summary>Scores of classes, less the score of the right one, at worst: (n, classes), 0 for the right class.</summary>
    /// <param name="weight">(classes, inputs) of the last matrix.</param>
    /// <param name="bias">(classes) of the last matrix.</param>
    /// <param name="labels">(n), int64.</param>
    /// <remarks>Goes through the last matrix once per pair of classes, which is tighter than the difference of two bounds (§3.2 there).</remarks>
    public Tensor WorstMargins(Tensor weight, Tensor bias, Tensor labels)
    {
        var differences = weight.unsqueeze(0) - weight.index_select(0, labels).unsqueeze(1);                // (n, classes, inputs)
        var offsets = bias.unsqueeze(0) - bias.index_select(0, labels).unsqueeze(1);                        // (n, classes)
        return (differences.bmm(Centre.unsqueeze(2)) + differences.abs().bmm(Radius.unsqueeze(2))).squeeze(2) + offsets;
    }
}
