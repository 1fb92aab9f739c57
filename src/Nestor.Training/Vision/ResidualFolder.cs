using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Training.Vision;

/// <summary>The folder of a <see cref="ResidualNet"/>: <c>config.json</c> and <c>model.safetensors</c>.</summary>
internal static class ResidualFolder
{
    private const string ModelType = "nestor_residual_net";

    /// <summary>Whether a folder holds such a model.</summary>
    public static bool IsIn(string folder) => Vision.ModelType.In(folder) == ModelType;

    /// <summary>Writes config and weights.</summary>
    /// <exception cref="NestorException">A file cannot be written.</exception>
    public static void Write(string folder, ResidualConfig config, IReadOnlyList<TensorSource> weights) => DescribedFolder.Write(
        folder,
        new Description(
            ModelType, config.ImageSize, config.Channels, config.FullWidths[0], config.Blocks, config.Classes, config.Labels, config.Mean, config.StandardDeviation, config.NormEpsilon, config.Momentum),
        weights);

    /// <summary>Reads and validates a shape.</summary>
    /// <exception cref="NestorException">The file is missing, damaged or of another model.</exception>
    public static ResidualConfig ReadConfig(string folder)
    {
        var read = DescribedFolder.Read<Description>(folder, ModelType);
        var config = new ResidualConfig
        {
            ImageSize = read.ImageSize,
            Channels = read.Channels,
            FullWidths = new WidthPlan([read.Width]),
            Blocks = read.Blocks,
            Classes = read.Classes,
            Labels = read.Labels,
            Mean = read.Mean,
            StandardDeviation = read.StandardDeviation,
            NormEpsilon = read.NormEpsilon,
            Momentum = read.Momentum,
        };
        config.Validate();
        return config;
    }

    private sealed record Description(
        string ModelType,
        int ImageSize,
        int Channels,
        int Width,
        IReadOnlyList<int> Blocks,
        int Classes,
        IReadOnlyList<string> Labels,
        IReadOnlyList<float> Mean,
        IReadOnlyList<float> StandardDeviation,
        double NormEpsilon,
        double Momentum) : ModelDescription(ModelType);
}
