using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Training.Vision;

/// <summary>The folder of a <see cref="PlainNet"/>: <c>config.json</c> and <c>model.safetensors</c>.</summary>
internal static class PlainNetFolder
{
    private const string ModelType = "nestor_plain_net";

    /// <summary>Whether a folder holds such a model.</summary>
    public static bool IsIn(string folder) => Vision.ModelType.In(folder) == ModelType;

    /// <summary>Writes config and weights.</summary>
    /// <exception cref="NestorException">A file cannot be written.</exception>
    public static void Write(string folder, PlainNetConfig config, IReadOnlyList<TensorSource> weights) => DescribedFolder.Write(
        folder,
        new Description(
            ModelType, config.ImageSize, config.Channels, config.Convolutions, config.Pool, config.FullWidths[0], config.Classes, config.Labels, config.Mean, config.StandardDeviation, NamedWidth.Of(config.Granularities)),
        weights);

    /// <summary>Reads and validates a shape.</summary>
    /// <exception cref="NestorException">The file is missing, damaged or of another model.</exception>
    public static PlainNetConfig ReadConfig(string folder)
    {
        var read = DescribedFolder.Read<Description>(folder, ModelType);
        var config = new PlainNetConfig
        {
            ImageSize = read.ImageSize,
            Channels = read.Channels,
            Convolutions = read.Convolutions,
            Pool = read.Pool,
            FullWidths = new WidthPlan([read.Hidden]),
            Classes = read.Classes,
            Labels = read.Labels,
            Mean = read.Mean,
            StandardDeviation = read.StandardDeviation,
            Granularities = [.. read.Granularities.Select(named => named.Granularity())],
        };
        config.Validate();
        return config;
    }

    private sealed record Description(
        string ModelType,
        int ImageSize,
        int Channels,
        IReadOnlyList<PlainConvolution> Convolutions,
        bool Pool,
        int Hidden,
        int Classes,
        IReadOnlyList<string> Labels,
        IReadOnlyList<float> Mean,
        IReadOnlyList<float> StandardDeviation,
        IReadOnlyList<NamedWidth> Granularities) : ModelDescription(ModelType);
}
