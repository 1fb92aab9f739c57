using Nestor.Formats;

namespace Nestor.Models;

/// <summary>The files of a model folder and the order they are written in.</summary>
internal static class ModelFolder
{
    public const string Config = "config.json", Weights = TensorStore.FileName, Tokenizer = "tokenizer.json";

    /// <summary>What belongs to the text side in folders that HuggingFace's tools wrote; the same for every width and weight type.</summary>
    public static readonly string[] TextFiles =
        [Tokenizer, "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "generation_config.json"];

    /// <summary>
    /// Writes or replaces a model. Each file is complete or not there, and config.json comes last: a folder without it is not a
    /// model yet. Where the model changes its shape the old config.json goes first, and the tokenizer with it, so that no moment shows
    /// one model's shape with another's weights; where it does not (a checkpoint saved again and again) there is always a whole model.
    /// </summary>
    /// <param name="folder">Created where it does not exist; files that are not the model's stay.</param>
    /// <param name="description">The model.</param>
    /// <param name="tensors">All tensors of the model.</param>
    /// <param name="writeText">Writes what belongs to the text side, given the folder.</param>
    public static void Write(string folder, ModelDescription description, IReadOnlyList<TensorSource> tensors, Action<string> writeText)
    {
        FileError.CheckPath(folder);
        description.Config.Validate();
        Check(description, tensors);
        var text = new MemoryStream();
        ConfigJson.Write(text, description, tensors.First(t => t.Name == TensorNames.Embedding).Type);
        var configPath = Path.Combine(folder, Config);
        try
        {
            Directory.CreateDirectory(folder);
            if (File.Exists(configPath) && !File.ReadAllBytes(configPath).AsSpan().SequenceEqual(text.GetBuffer().AsSpan(0, (int)text.Length)))
            {
                File.Delete(configPath);
                File.Delete(Path.Combine(folder, Tokenizer));
            }
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Writing(configPath, error);
        }

        writeText(folder);
        SafetensorsWriter.Write(Path.Combine(folder, Weights), tensors);
        AtomicFile.Write(configPath, text.WriteTo);
    }

    /// <summary>Refuses a folder that holds a model already, such as the source.</summary>
    /// <param name="folder">Where to write.</param>
    /// <param name="what">What is to be written, such as <c>the slice</c>.</param>
    /// <exception cref="NestorException">The folder holds a model.</exception>
    public static void ThrowIfTaken(string folder, string what)
    {
        foreach (var file in (string[])[Config, Weights, ShardIndex.FileName])
        {
            if (File.Exists(Path.Combine(folder, file)))
                throw new NestorException($"The folder '{folder}' holds a model already ({file}); choose another folder for {what}, or delete that one first.");
        }
    }

    /// <summary>Copies files as they are, those that there are.</summary>
    /// <exception cref="NestorException">A file cannot be read or written.</exception>
    public static void CopyFiles(string source, string target, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            var from = Path.Combine(source, name);
            if (!File.Exists(from))
                continue;
            try
            {
                using var input = File.OpenRead(from);
                AtomicFile.Write(Path.Combine(target, name), input.CopyTo);
            }
            catch (Exception error) when (FileError.Is(error))
            {
                throw FileError.Reading(from, error);
            }
        }
    }

    private static void Check(ModelDescription description, IReadOnlyList<TensorSource> tensors)
    {
        var given = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        foreach (var wanted in ExpectedTensor.All(description.Config, description.Packed?.Packing))
        {
            if (!given.Remove(wanted.Name, out var tensor))
                throw new ArgumentException($"The tensor {wanted.Name} of the model is not given.", nameof(tensors));
            if (!wanted.Fits(tensor.Type, tensor.Shape))
                throw new ArgumentException($"The tensor {wanted.Name} is {tensor.Type.HeaderName} {TensorShape.Print(tensor.Shape)}; {wanted.Wanted} was wanted.", nameof(tensors));
        }

        if (given.Count > 0)
            throw new ArgumentException($"The model has no place for the tensor {given.Keys.First()}.", nameof(tensors));
    }
}
