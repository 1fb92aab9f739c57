using Nestor.Models;
using Nestor.Text;

namespace Nestor.Formats;

/// <summary>Makes model folders of GGUF files of the architectures that <see cref="GgufExport"/> writes, of uniform and mixed widths.</summary>
/// <remarks>
/// Floats stay what they are, quantised blocks become 32-bit floats, which hold them exactly: a model that was exported and read back
/// computes what the file says. Settings and tensors that Nestor does not know are errors, because the model would be another without them.
/// </remarks>
public static class GgufImport
{
    /// <summary>Writes a GGUF model as a model folder, with its tokenizer if it has one. Memory does not grow with the model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">The model folder to write.</param>
    /// <param name="tokenizerPath">A <c>tokenizer.json</c> to use instead of the file's tokenizer.</param>
    /// <param name="overwrite">Whether a model in the folder may be replaced.</param>
    /// <exception cref="NestorException">The folder holds a model, the file is damaged or of a kind that Nestor does not compute, or a file cannot be read or written.</exception>
    public static void Import(string path, string folder, string? tokenizerPath = null, bool overwrite = false)
    {
        if (!overwrite)
            ModelFolder.ThrowIfTaken(folder, "the import");
        using var file = GgufFile.Open(path);
        var config = GgufConfig.Of(file);
        var tensors = Tensors(file, config);
        var tokenizer = tokenizerPath is null ? GgufTokenizerReader.Read(file) : Tokenizer.Open(tokenizerPath);
        if (tokenizer?.VocabularySize > config.VocabularySize)
            throw new NestorException($"The tokenizer of '{path}' has {tokenizer.VocabularySize} tokens, the model {config.VocabularySize}; give the tokenizer the model was trained with.");
        Checkpoint.Write(folder, config, tensors, tokenizer);
    }

    /// <summary>The tensors of a model, which must all be there, in their shape, and no others.</summary>
    /// <exception cref="NestorException">One is missing, has another shape, or has no place in the model.</exception>
    internal static List<TensorSource> Tensors(GgufFile file, ModelConfig config)
    {
        var architecture = GgufConfig.Architecture(file);
        var left = file.Tensors.Keys.ToHashSet(StringComparer.Ordinal);
        if (config.RopeScaling is not null)
            left.Remove(GgufTensorName.RopeFactors);
        var tensors = new List<TensorSource>();
        foreach (var (name, shape) in TensorNames.All(config))
        {
            var stored = GgufTensorName.Of(name);
            if (!left.Remove(stored))
                throw new NestorException($"'{file.Path}' holds no tensor '{stored}', which the model it describes has; fetch it again.");
            var view = file.Tensors[stored];
            if (!view.Shape.AsSpan().SequenceEqual(shape.AsSpan()))
                throw new NestorException($"The tensor '{stored}' in '{file.Path}' has the shape {TensorShape.Print(view.Shape)}; {TensorShape.Print(shape)} was wanted.");
            if (shape.Length == 1 && view.Type.BlockElements > 1)
                throw new NestorException($"The tensor '{stored}' in '{file.Path}' is of the type {view.Type.GgufName}; floats are wanted for norms and biases.");
            tensors.Add(view.As(name, architecture.Reorders(name) ? config.HeadSize : null));
        }

        return left.Count == 0
            ? tensors
            : throw new NestorException($"'{file.Path}' holds the tensor {Quoted.Quote(left.First())}, which a model of this kind does not have; Nestor would compute another model without it.");
    }
}
