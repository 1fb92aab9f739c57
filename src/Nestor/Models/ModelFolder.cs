using Nestor.Formats;

namespace Nestor.Models;

/// <summary>The files of a model folder and the order they are written in.</summary>
internal static class ModelFolder
{
    public const string Config = "config.json", Weights = TensorStore.FileName, Tokenizer = "tokenizer.json";

    /// <summary>
    /// Writes or replaces a model. Each file is complete or not there, and config.json comes last: a folder without it is not a
    /// model yet. Where the model changes its shape the old config.json goes first, and the tokenizer with it, so that no moment shows
    /// one model's shape with another's weights; where it does not (a checkpoint saved again and again) there is always a whole model.
    /// </summary>
    /// <param name="folder">Created where it does not exist; files that are not the model's stay.</param>
    /// <param name="config">The shape.</param>
    /// <param name="origin">What the model was cut from, if it is a slice.</param>
    /// <param name="tensors">All tensors of the shape.</param>
    /// <param name="writeText">Writes what belongs to the text side, given the folder.</param>
    public static void Write(string folder, ModelConfig config, SliceOrigin? origin, IReadOnlyList<TensorSource> tensors, Action<string> writeText)
    {
        FileError.CheckPath(folder);
        config.Validate();
        Check(config, tensors);
        var text = new MemoryStream();
        ConfigJson.Write(text, config, origin, tensors.First(t => t.Name == TensorNames.Embedding).Type);
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

    private static void Check(ModelConfig config, IReadOnlyList<TensorSource> tensors)
    {
        var given = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        foreach (var (name, shape) in TensorNames.All(config))
        {
            if (!given.Remove(name, out var tensor))
                throw new ArgumentException($"The tensor {name} of the model is not given.", nameof(tensors));
            if (!tensor.Type.IsFloating || !tensor.Shape.AsSpan().SequenceEqual(shape.AsSpan()))
                throw new ArgumentException($"The tensor {name} is {tensor.Type} {TensorShape.Print(tensor.Shape)}; floats {TensorShape.Print(shape)} were wanted.", nameof(tensors));
        }

        if (given.Count > 0)
            throw new ArgumentException($"The model has no place for the tensor {given.Keys.First()}.", nameof(tensors));
    }
}
