using Nestor.Models.Vision;
using Nestor.Training.Robustness.Certification;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Between pixels from 0 to 1, where epsilon has its meaning, and the inputs of a model.</summary>
/// <param name="Mean">(1, channels, 1, 1).</param>
/// <param name="Deviation">(1, channels, 1, 1).</param>
internal readonly record struct PixelNormalization(Tensor Mean, Tensor Deviation)
{
    /// <summary>That of a model; its tensors belong to the current scope.</summary>
    public static PixelNormalization Of(IImageConfig config, Device device)
    {
        return new PixelNormalization(PerChannel(config.Mean), PerChannel(config.StandardDeviation));

        Tensor PerChannel(IReadOnlyList<float> values) => tensor(values.ToArray(), 1, values.Count, 1, 1).to(device);
    }

    /// <summary>Pixels as inputs.</summary>
    public Tensor Apply(Tensor pixels) => (pixels - Mean) / Deviation;

    /// <summary>A box of pixels as a box of inputs.</summary>
    public Interval Apply(Interval pixels) => new(Apply(pixels.Centre), pixels.Radius / Deviation);

    /// <summary>Inputs as pixels.</summary>
    public Tensor Undo(Tensor inputs) => (inputs * Deviation + Mean).clamp_(0, 1);
}
