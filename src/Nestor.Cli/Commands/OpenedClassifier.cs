using Nestor.Models;
using Nestor.Onnx;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Certification;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>An opened classifier of a pool: a model folder, or an ONNX file.</summary>
/// <param name="Owner">What has to be closed.</param>
/// <param name="Images">What it reads and knows.</param>
/// <param name="At">The classifier at a width plan; an ONNX file has one, whatever is asked for.</param>
internal sealed record OpenedClassifier(IDisposable Owner, PoolImages Images, Func<string, CertifiedMember> At)
{
    private const string OnnxEnding = ".onnx";

    /// <summary>Whether a name is that of an ONNX file.</summary>
    public static bool IsOnnx(string name) => name.EndsWith(OnnxEnding, StringComparison.OrdinalIgnoreCase);

    /// <summary>Opens a folder or a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="device">Where a folder's model runs; ONNX Runtime runs on the processor.</param>
    /// <exception cref="NestorException">It is no image classifier.</exception>
    public static OpenedClassifier Open(string path, Device device)
    {
        if (!IsOnnx(path))
        {
            var model = ImageModels.Open(path, device);
            return new OpenedClassifier(
                model, new PoolImages(model.Images.ImageSize, model.Images.Channels, model.Images.Classes, model.Images.Labels), plan => CertifiedMember.Of(model, WidthPlanText.Parse(plan, model.Config)));
        }

        var network = OnnxNetwork.Open(path, Environment.ProcessorCount);
        if (network.Height != network.Width)
        {
            network.Dispose();
            throw new NestorException($"The network in '{path}' reads images {network.Height} pixels high and {network.Width} wide; square ones are wanted.");
        }

        return new OpenedClassifier(network, new PoolImages(network.Width, network.Channels, network.Classes, []), _ => new CertifiedMember(OnnxScores.Of(network), IsCertain: null));
    }
}
