using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Cli.Commands;

/// <summary>Results of single runs in a folder, so that an experiment of many goes on where it stopped.</summary>
/// <param name="folder">The folder; created with the first result.</param>
internal sealed class KeptResults(string folder)
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals, IgnoreReadOnlyProperties = true, RespectNullableAnnotations = true, Converters = { new FlagsJson() } };

    /// <summary>The result of a name, from its file or from the run, which is then kept.</summary>
    /// <exception cref="NestorException">The file is damaged, or cannot be written.</exception>
    public T Get<T>(string name, Func<T> run)
    {
        var path = Path.Combine(folder, string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' ? c : '-')) + ".json");
        if (File.Exists(path))
            return Read<T>(path);
        var result = run();
        FolderCreation.Create(folder);
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, result, Json));
        return result;
    }

    /// <summary>Every result of the folder, in the order of their names.</summary>
    /// <exception cref="NestorException">A file is damaged.</exception>
    public IReadOnlyList<T> All<T>() => Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(Read<T>)] : [];

    private static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Json) ?? throw new JsonException("it is empty");
        }
        catch (JsonException error)
        {
            throw new NestorException($"The result '{path}' cannot be read: {error.Message} Delete it to measure it again.", error);
        }
    }
}
