using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Training.Vision;

/// <summary>The kind of model that a folder says it holds.</summary>
internal static class ModelType
{
    private const string ConfigFile = "config.json", Key = "model_type";

    /// <summary>What the folder's config says; null where it says nothing, or cannot be read.</summary>
    public static string? In(string folder)
    {
        var path = Path.Combine(folder, ConfigFile);
        if (!File.Exists(path))
            return null;
        try
        {
            using var config = JsonDocument.Parse(JsonFile.ReadBytes(path));
            return config.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(Key, out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
