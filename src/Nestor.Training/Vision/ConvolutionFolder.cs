using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Training.Vision;

/// <summary>The folder of a <see cref="ConvolutionNet"/>: <c>config.json</c> and <c>model.safetensors</c>.</summary>
internal static class ConvolutionFolder
{
    private const string ModelType = "nestor_convolution";

    /// <summary>Whether a folder holds such a model.</summary>
    public static bool IsIn(string folder) => Vision.ModelType.In(folder) == ModelType;

    /// <summary>Writes config and weights.</summary>
    /// <exception cref="NestorException">A file cannot be written.</exception>
    public static void Write(string folder, ConvolutionConfig config, IReadOnlyList<TensorSource> weights) => DescribedFolder.Write(
        folder,
        new Description(
            ModelType, config.ImageSize, config.Channels, config.FullWidths.AsSpan().ToArray(), config.Classes, config.Labels, config.Mean, config.StandardDeviation, config.NormEpsilon, NamedWidth.Of(config.Granularities)),
        weights);

    /// <summary>Reads and validates a shape.</summary>
    /// <exception cref="NestorException">The file is missing, damaged or of another model.</exception>
    public static ConvolutionConfig ReadConfig(string folder)
    {
        var read = DescribedFolder.Read<Description>(folder, ModelType);
        var config = new ConvolutionConfig
        {
            ImageSize = read.ImageSize,
            Channels = read.Channels,
            FullWidths = new WidthPlan(read.Widths),
            Classes = read.Classes,
            Labels = read.Labels,
            Mean = read.Mean,
            StandardDeviation = read.StandardDeviation,
            NormEpsilon = read.NormEpsilon,
            Granularities = [.. read.Granularities.Select(named => named.Granularity())],
        };
        config.Validate();
        return config;
    }

    private sealed record Description(
        string ModelType,
        int ImageSize,
        int Channels,
        int[] Widths,
        int Classes,
        IReadOnlyList<string> Labels,
        IReadOnlyList<float> Mean,
        IReadOnlyList<float> StandardDeviation,
        double NormEpsilon,
        IReadOnlyList<NamedWidth> Granularities) : ModelDescription(ModelType);
}
