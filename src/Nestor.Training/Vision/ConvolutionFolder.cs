using System.Text.Json;
using System.Text.Json.Serialization;
using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Training.Vision;

/// <summary>The folder of a <see cref="ConvolutionNet"/>: <c>config.json</c> and <c>model.safetensors</c>.</summary>
internal static class ConvolutionFolder
{
    private const string ConfigFile = "config.json", WeightsFile = "model.safetensors", ModelType = "nestor_convolution";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Whether a folder holds such a model.</summary>
    public static bool IsIn(string folder) => Vision.ModelType.In(folder) == ModelType;

    /// <summary>Writes config and weights.</summary>
    /// <exception cref="NestorException">A file cannot be written.</exception>
    public static void Write(string folder, ConvolutionConfig config, IReadOnlyList<TensorSource> weights)
    {
        FileError.CheckPath(folder);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Writing(folder, error);
        }

        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), weights);
        AtomicFile.Write(Path.Combine(folder, ConfigFile), stream => JsonSerializer.Serialize(stream, new Description(
            ModelType, config.ImageSize, config.Channels, config.FullWidths.AsSpan().ToArray(), config.Classes, config.Labels, config.Mean, config.StandardDeviation, config.NormEpsilon,
            [.. config.Granularities.Select(granularity => new NamedWidth(granularity.Name, granularity.Width))]), Json));
    }

    /// <summary>Reads and validates a shape.</summary>
    /// <exception cref="NestorException">The file is missing, damaged or of another model.</exception>
    public static ConvolutionConfig ReadConfig(string folder)
    {
        var path = Path.Combine(folder, ConfigFile);
        try
        {
            var read = JsonSerializer.Deserialize<Description>(JsonFile.ReadBytes(path), Json) ?? throw new JsonException("it is empty");
            if (read.ModelType != ModelType)
                throw new NestorException($"The file '{path}' describes a model of type '{read.ModelType}'; {ModelType} is wanted.");
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
                Granularities = [.. read.Granularities.Select(granularity => new Granularity(granularity.Name, granularity.Width))],
            };
            config.Validate();
            return config;
        }
        catch (JsonException error)
        {
            throw new NestorException($"The file '{path}' does not describe a convolutional network: {error.Message}", error);
        }
    }

    /// <summary>Opens the weights.</summary>
    /// <exception cref="NestorException">The file is missing or damaged.</exception>
    public static TensorStore OpenWeights(string folder) => TensorStore.Open(Path.Combine(folder, WeightsFile));

    private sealed record NamedWidth(string Name, int Width);

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
        IReadOnlyList<NamedWidth> Granularities);
}
