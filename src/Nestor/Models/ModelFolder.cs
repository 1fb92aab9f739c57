using Nestor.Formats;

namespace Nestor.Models;

/// <summary>The files of a model folder and the order they are written in.</summary>
internal static class ModelFolder
{
    public const string Config = "config.json", Weights = TensorStore.FileName, Tokenizer = "tokenizer.json";

    /// <summary>What belongs to the text side in folders that HuggingFace's tools wrote; the same for every width and weight type.</summary>
    public static readonly string[] TextFiles =
    [
        Tokenizer, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "tokenizer.model", "vocab.json", "merges.txt",
        "chat_template.jinja", "generation_config.json",
    ];

    /// <summary>Writes or replaces a language model.</summary>
    /// <param name="folder">Created where it does not exist; files that are not the model's stay.</param>
    /// <param name="description">The model.</param>
    /// <param name="tensors">All tensors of the model.</param>
    /// <param name="writeText">Writes what belongs to the text side, given the folder.</param>
    public static void Write(string folder, ModelDescription description, IReadOnlyList<TensorSource> tensors, Action<string> writeText)
    {
        description.Config.Validate();
        ExpectedTensor.Check(tensors, ExpectedTensor.All(description.Config, description.Packed?.Packing));
        var config = new MemoryStream();
        ConfigJson.Write(config, description, tensors.First(t => t.Name == TensorNames.Embedding).Type);
        Write(folder, config, tensors, Tokenizer, writeText);
    }

    /// <summary>
    /// Writes or replaces a model. Each file is complete or not there, and config.json comes last: a folder without it is not a
    /// model yet. Where the model changes its shape the old config.json goes first, and the side file with it, so that no moment shows
    /// one model's shape with another's weights; where it does not (a checkpoint saved again and again) there is always a whole model.
    /// </summary>
    /// <param name="folder">Created where it does not exist; files that are not the model's stay.</param>
    /// <param name="config">The text of config.json.</param>
    /// <param name="tensors">All tensors of the model.</param>
    /// <param name="sideFile">A file that means something with this model alone.</param>
    /// <param name="writeSide">Writes what stands beside weights and config, given the folder.</param>
    public static void Write(string folder, MemoryStream config, IReadOnlyList<TensorSource> tensors, string sideFile, Action<string> writeSide)
    {
        FileError.CheckPath(folder);
        var configPath = Path.Combine(folder, Config);
        try
        {
            Directory.CreateDirectory(folder);
            if (File.Exists(configPath) && !File.ReadAllBytes(configPath).AsSpan().SequenceEqual(config.GetBuffer().AsSpan(0, (int)config.Length)))
            {
                File.Delete(configPath);
                File.Delete(Path.Combine(folder, sideFile));
            }
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Writing(configPath, error);
        }

        writeSide(folder);
        SafetensorsWriter.Write(Path.Combine(folder, Weights), tensors);
        AtomicFile.Write(configPath, config.WriteTo);
    }

    /// <summary>Refuses a folder that is not there or has no config.</summary>
    /// <exception cref="NestorException">There is no model.</exception>
    public static void ThrowIfMissing(string folder)
    {
        if (!Directory.Exists(folder))
            throw new NestorException($"There is no model folder '{folder}'; check the path.");
        if (!File.Exists(Path.Combine(folder, Config)))
            throw new NestorException($"The folder '{folder}' holds no {Config}, so it is not a model, or not completely written; choose a model folder.");
    }

    /// <summary>The model type that a folder's config names; null where there is no config or it names none.</summary>
    /// <exception cref="NestorException">The config is no JSON.</exception>
    public static string? TypeOf(string folder)
    {
        var path = Path.Combine(folder, Config);
        return File.Exists(path) ? JsonFile.Read(path, root => new ConfigFields(path, root).Text("model_type")) : null;
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
}
