using Nestor.Onnx;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Networks in ONNX files as attacks see them: from pixels to scores, which have no gradients.</summary>
public static class OnnxScores
{
    /// <summary>A network in use.</summary>
    /// <param name="network">The network; it stays open as long as it is attacked.</param>
    /// <returns>Scores (n, classes) of (n, channels, height, width) in pixels from 0 to 1.</returns>
    public static Func<Tensor, Tensor> Of(OnnxNetwork network) => pixels =>
    {
        if (pixels.shape is not [var count, var channels, var height, var width] || (channels, height, width) != (network.Channels, network.Height, network.Width))
            throw new NestorException($"Images of shape ({string.Join(", ", pixels.shape)}) were given; the network reads (n, {network.Channels}, {network.Height}, {network.Width}).");
        using var scope = NewDisposeScope();
        var scores = network.Scores(TensorMemory.Floats(pixels.detach().to(ScalarType.Float32).cpu().contiguous()));
        return tensor(scores, count, network.Classes).to(pixels.device).MoveToOuterDisposeScope();
    };
}
