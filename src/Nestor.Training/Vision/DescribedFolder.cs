using System.Text.Json;
using System.Text.Json.Serialization;
using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Training.Vision;

/// <summary>A model folder whose shape is a description of its own kind: <c>config.json</c> and <c>model.safetensors</c>.</summary>
internal static class DescribedFolder
{
    private const string ConfigFile = "config.json", WeightsFile = "model.safetensors";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Writes a description and weights.</summary>
    /// <exception cref="NestorException">A file cannot be written.</exception>
    public static void Write<TDescription>(string folder, TDescription description, IReadOnlyList<TensorSource> weights)
        where TDescription : ModelDescription
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
        AtomicFile.Write(Path.Combine(folder, ConfigFile), stream => JsonSerializer.Serialize(stream, description, Json));
    }

    /// <summary>Reads a description.</summary>
    /// <exception cref="NestorException">The file is missing, damaged or of another model.</exception>
    public static TDescription Read<TDescription>(string folder, string modelType)
        where TDescription : ModelDescription
    {
        var path = Path.Combine(folder, ConfigFile);
        try
        {
            var read = JsonSerializer.Deserialize<TDescription>(JsonFile.ReadBytes(path), Json) ?? throw new JsonException("it is empty");
            return read.ModelType == modelType ? read : throw new NestorException($"The file '{path}' describes a model of type '{read.ModelType}'; {modelType} is wanted.");
        }
        catch (JsonException error)
        {
            throw new NestorException($"The file '{path}' does not describe a model of type {modelType}: {error.Message}", error);
        }
    }

    /// <summary>Opens the weights.</summary>
    /// <exception cref="NestorException">The file is missing or damaged.</exception>
    public static TensorStore OpenWeights(string folder) => TensorStore.Open(Path.Combine(folder, WeightsFile));
}

/// <summary>What every description says.</summary>
internal abstract record ModelDescription(string ModelType);

/// <summary>A granularity in a description.</summary>
internal sealed record NamedWidth(string Name, int Width)
{
    public static IReadOnlyList<NamedWidth> Of(IEnumerable<Granularity> granularities) => [.. granularities.Select(granularity => new NamedWidth(granularity.Name, granularity.Width))];

    public Granularity Granularity() => new(Name, Width);
}
