using Nestor.Models.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Vision;

/// <summary>Opens image models of any kind.</summary>
public static class ImageModels
{
    /// <summary>Opens the model of a folder.</summary>
    /// <param name="folder">A folder of a vision transformer, a convolutional, a residual or a plain network.</param>
    /// <param name="device">Where it runs; the CPU if not given.</param>
    /// <exception cref="NestorException">The folder is missing, damaged or of another model.</exception>
    public static IImageModel Open(string folder, Device? device = null)
    {
        if (PlainNetFolder.IsIn(folder))
            return PlainNet.Load(folder, device);
        if (ResidualFolder.IsIn(folder))
            return ResidualNet.Load(folder, device);
        if (ConvolutionFolder.IsIn(folder))
            return ConvolutionNet.Load(folder, device);
        using var checkpoint = VisionCheckpoint.Open(folder);
        return MatVit.Load(checkpoint, device);
    }
}
