using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Nestor.Formats;
using Nestor.Text;

namespace Nestor.Training.Data;

/// <summary>The file <c>corpus.json</c>.</summary>
internal sealed record CorpusManifest(string ContentHash, string Source, int VocabularySize, PartSize Train, PartSize Validation)
{
    private const string Format = "nestor-corpus-1";
    private const int LongestFile = 1 << 20;

    /// <summary>The content hash: everything that the token files depend on.</summary>
    public static string Hash(TextSource source, Tokenizer tokenizer, double validationShare)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Format} {validationShare.ToString("R", CultureInfo.InvariantCulture)} "));
        hash.AppendData(source.Fingerprint());
        hash.AppendData(Fingerprint(tokenizer));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <exception cref="NestorException">The file cannot be written.</exception>
    public void Write(string path) => AtomicFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteString("contentHash", ContentHash);
        json.WriteString("source", Source);
        json.WriteNumber("vocabularySize", VocabularySize);
        json.WriteString("tokenType", TokenType);
        Write(json, "train", Train);
        Write(json, "validation", Validation);
        json.WriteEndObject();
    });

    /// <exception cref="NestorException">There is no such file, or it is not a corpus of this version.</exception>
    public static CorpusManifest Read(string path)
    {
        if (!File.Exists(path))
            throw new NestorException($"There is no corpus in '{Path.GetDirectoryName(path)}' (no {CorpusFolder.ManifestName}); build one from text.");
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > LongestFile)
                throw Damaged(path, $"it has {file.Length:N0} bytes");
            using var json = JsonDocument.Parse(file);
            var root = json.RootElement;
            if (root.GetProperty("format").GetString() is var format && format != Format)
                throw Damaged(path, $"its format is '{format}', '{Format}' is wanted");
            var manifest = new CorpusManifest(
                root.GetProperty("contentHash").GetString() ?? "",
                root.GetProperty("source").GetString() ?? "",
                root.GetProperty("vocabularySize").GetInt32(),
                ReadPart(root.GetProperty("train")),
                ReadPart(root.GetProperty("validation")));
            if (manifest.VocabularySize <= 0)
                throw Damaged(path, $"its vocabulary has {manifest.VocabularySize} tokens");
            if (root.GetProperty("tokenType").GetString() is var type && type != manifest.TokenType)
                throw Damaged(path, $"its tokens are '{type}', those of {manifest.VocabularySize} words are '{manifest.TokenType}'");
            return manifest;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Damaged(path, "it is not the JSON that Nestor writes", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NestorException($"The file '{path}' cannot be read: {error.Message}", error);
        }
    }

    private string TokenType => TokenPart.TokenBytes(VocabularySize) == sizeof(ushort) ? "uint16" : "uint32";

    private static NestorException Damaged(string path, string reason, Exception? inner = null) =>
        new($"The file '{path}' is damaged or of another version: {reason}; build the corpus again.", inner!);

    private static void Write(Utf8JsonWriter json, string name, PartSize part)
    {
        json.WriteStartObject(name);
        json.WriteNumber("documents", part.Documents);
        json.WriteNumber("tokens", part.Tokens);
        json.WriteNumber("bytes", part.Bytes);
        json.WriteEndObject();
    }

    private static PartSize ReadPart(JsonElement part)
    {
        var size = new PartSize(part.GetProperty("documents").GetInt64(), part.GetProperty("tokens").GetInt64(), part.GetProperty("bytes").GetInt64());
        return size.Documents > 0 && size.Tokens > 0 && size.Bytes > 0 ? size : throw new FormatException();
    }

    private static byte[] Fingerprint(Tokenizer tokenizer)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            tokenizer.Save(path);
            using var file = File.OpenRead(path);
            return SHA256.HashData(file);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
