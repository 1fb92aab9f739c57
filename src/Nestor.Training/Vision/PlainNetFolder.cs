using System.Text.Json;
using System.Text.Json.Serialization;
using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Training.Vision;

/// <summary>The folder of a <see cref="PlainNet"/>: <c>config.json</c> and <c>model.safetensors</c>.</summary>
internal static class PlainNetFolder
{
    private const string ConfigFile = "config.json", WeightsFile = "model.safetensors", ModelType = "nestor_plain_net";

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
    public static void Write(string folder, PlainNetConfig config, IReadOnlyList<TensorSource> weights)
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
            ModelType, config.ImageSize, config.Channels, config.Convolutions, config.Pool, config.FullWidths[0], config.Classes, config.Labels, config.Mean, config.StandardDeviation,
            [.. config.Granularities.Select(granularity => new NamedWidth(granularity.Name, granularity.Width))]), Json));
    }

    /// <summary>Reads and validates a shape.</summary>
    /// <exception cref="NestorException">The file is missing, damaged or of another model.</exception>
    public static PlainNetConfig ReadConfig(string folder)
    {
        var path = Path.Combine(folder, ConfigFile);
        try
        {
            var read = JsonSerializer.Deserialize<Description>(JsonFile.ReadBytes(path), Json) ?? throw new JsonException("it is empty");
            if (read.ModelType != ModelType)
                throw new NestorException($"The file '{path}' describes a model of type '{read.ModelType}'; {ModelType} is wanted.");
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
                Granularities = [.. read.Granularities.Select(granularity => new Granularity(granularity.Name, granularity.Width))],
            };
            config.Validate();
            return config;
        }
        catch (JsonException error)
        {
            throw new NestorException($"The file '{path}' does not describe a plain network: {error.Message}", error);
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
        IReadOnlyList<PlainConvolution> Convolutions,
        bool Pool,
        int Hidden,
        int Classes,
        IReadOnlyList<string> Labels,
        IReadOnlyList<float> Mean,
        IReadOnlyList<float> StandardDeviation,
        IReadOnlyList<NamedWidth> Granularities);
}
