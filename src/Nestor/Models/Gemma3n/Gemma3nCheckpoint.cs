using Nestor.Formats;

namespace Nestor.Models.Gemma3n;

/// <summary>A folder with a Gemma 3n model as HuggingFace's tools write it, text alone or with towers for pictures and sound.</summary>
/// <remarks>
/// Gemma 3n is a MatFormer (arXiv 2310.07707): E2B lies within E4B, narrower and with five layers left out. Nestor cuts such models
/// out but does not run them. Once open, every tensor of the text part is there, in its shape.
/// </remarks>
public sealed class Gemma3nCheckpoint : IDisposable
{
    /// <summary>Beginnings of the text part's names: in the multimodal model, and alone.</summary>
    private const string MultimodalPrefix = "model.language_model.", TextPrefix = "model.";

    private Gemma3nCheckpoint(string folder, Gemma3nDescription description, TensorStore tensors)
    {
        (Folder, Description, Tensors) = (folder, description, tensors);
        Prefix = description.IsMultimodal ? MultimodalPrefix : TextPrefix;
    }

    /// <summary>The folder that was opened.</summary>
    public string Folder { get; }

    /// <summary>Feed-forward neurons of each layer.</summary>
    public WidthPlan Widths => Description.Shape.Widths;

    /// <summary>Size of the text part.</summary>
    public Gemma3nParameterCount Parameters => Gemma3nParameterCount.Of(TextTensors(Description.Shape));

    internal Gemma3nDescription Description { get; }

    internal TensorStore Tensors { get; }

    internal string Prefix { get; }

    /// <summary>Whether a folder says that it holds a Gemma 3n, or a Gemma 4, which <see cref="Open"/> refuses with the reason.</summary>
    /// <exception cref="NestorException">Its config is no JSON.</exception>
    public static bool IsIn(string folder) => ModelFolder.TypeOf(folder) is { } type
        && (type is Gemma3nConfigJson.Multimodal or Gemma3nConfigJson.TextOnly || type.StartsWith("gemma4", StringComparison.Ordinal));

    /// <summary>Opens a folder and checks the text part completely. Costs the headers, not the weights.</summary>
    /// <exception cref="NestorException">A file is missing or damaged, the model is another one or quantised, or its tensors do not fit its configuration.</exception>
    public static Gemma3nCheckpoint Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new NestorException($"There is no model folder '{folder}'; check the path.");
        var description = Gemma3nConfigJson.Read(Path.Combine(folder, ModelFolder.Config));
        var tensors = TensorStore.Open(folder);
        try
        {
            var checkpoint = new Gemma3nCheckpoint(folder, description, tensors);
            checkpoint.CheckTensors();
            return checkpoint;
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Prepares a smaller model.</summary>
    /// <exception cref="NestorException">The model is a slice itself, or the plan does not fit it.</exception>
    public Gemma3nSlice Slice(Gemma3nPlan plan) => new(this, plan);

    /// <summary>Closes the weights.</summary>
    public void Dispose() => Tensors.Dispose();

    /// <summary>The tensors of the text part at a shape that this model or a slice of it has, without those that the files lack.</summary>
    internal IEnumerable<Gemma3nTensor> TextTensors(Gemma3nShape shape) =>
        Gemma3nTensor.All(shape).Where(tensor => !tensor.IsOptional || Tensors.Contains(Prefix + tensor.FullName));

    private void CheckTensors()
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var wanted in Gemma3nTensor.All(Description.Shape))
        {
            var name = Prefix + wanted.FullName;
            known.Add(name);
            if (wanted.IsOptional && !Tensors.Contains(name))
                continue;
            var tensor = Tensors.Get(name);
            if (!tensor.Shape.AsSpan().SequenceEqual(wanted.Shape.AsSpan()))
                throw new NestorException($"The tensor '{name}' in '{Tensors.Path}' has the shape {TensorShape.Print(tensor.Shape)}, by its configuration the model needs {TensorShape.Print(wanted.Shape)}.");
            if (!tensor.Type.IsFloating)
                throw new NestorException($"The tensor '{name}' in '{Tensors.Path}' is {tensor.Type.HeaderName}, so the model is quantised; slice the original in BF16 and quantise the slice.");
        }

        foreach (var name in Tensors.Names)
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && !known.Contains(name))
                throw new NestorException($"'{Tensors.Path}' holds the tensor {Quoted.Quote(name)}, which the text part of a Gemma 3n of this configuration does not have; Nestor cannot know how to cut it.");
        }
    }
}
