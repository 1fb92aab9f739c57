using Nestor.Formats;

namespace Nestor.Models.Vision;

/// <summary>A vision model's folder as HuggingFace users know it: <c>config.json</c>, <c>model.safetensors</c> or shards with their index, <c>preprocessor_config.json</c>.</summary>
/// <remarks>Once open, every tensor of the configuration is there, in its shape and of a floating type.</remarks>
public sealed class VisionCheckpoint : IDisposable
{
    private readonly Lazy<string> fingerprint;

    private VisionCheckpoint(string folder, VisionDescription description, TensorStore tensors)
    {
        (Folder, Config, Origin, Tensors) = (folder, description.Config, description.Origin, tensors);
        fingerprint = new Lazy<string>(FingerprintOf);
    }

    /// <summary>The folder that was opened.</summary>
    public string Folder { get; }

    /// <summary>The model's shape.</summary>
    public VisionConfig Config { get; }

    /// <summary>What the model was cut from; null for a model that is not a slice.</summary>
    public SliceOrigin? Origin { get; }

    /// <summary>The weights, named by <see cref="VisionTensorNames"/>.</summary>
    public TensorStore Tensors { get; }

    /// <summary>A text that a model shares with its slices, whose embeddings can be compared with its own, and with no other model.</summary>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public string Fingerprint => fingerprint.Value;

    /// <summary>Whether a folder says that it holds a vision model.</summary>
    /// <exception cref="NestorException">Its config is no JSON.</exception>
    public static bool IsIn(string folder) => VisionConfigJson.IsVision(ModelFolder.TypeOf(folder));

    /// <summary>Opens a folder and checks it completely. Costs the headers, not the weights.</summary>
    /// <exception cref="NestorException">A file is missing or damaged, the model is of a kind Nestor does not compute, or its tensors do not fit its configuration.</exception>
    public static VisionCheckpoint Open(string folder)
    {
        ModelFolder.ThrowIfMissing(folder);
        var description = VisionFolder.Read(folder);
        var tensors = TensorStore.Open(folder);
        try
        {
            ExpectedTensor.Check(tensors, VisionFolder.Tensors(description.Config), packing: null, _ => false);
            return new VisionCheckpoint(folder, description, tensors);
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    /// <summary>Writes a model folder, or replaces the model in one. A crash never leaves a mixture: <c>config.json</c> is written last.</summary>
    /// <param name="folder">Created where it does not exist; files that are not the model's stay.</param>
    /// <param name="config">The shape.</param>
    /// <param name="tensors">Every tensor that <see cref="VisionTensorNames.All"/> lists for the shape, and no other, of floating types.</param>
    /// <param name="origin">What the model was cut from, if it is a slice.</param>
    /// <exception cref="NestorException">The shape is impossible, or a file cannot be written.</exception>
    /// <exception cref="ArgumentException">The tensors are not those of the shape.</exception>
    public static void Write(string folder, VisionConfig config, IReadOnlyList<TensorSource> tensors, SliceOrigin? origin = null) =>
        VisionFolder.Write(folder, new VisionDescription(config, origin), tensors);

    /// <summary>Prepares a smaller model: the first neurons of each layer, everything else unchanged.</summary>
    /// <exception cref="NestorException">The plan has another number of layers, or a layer is wider than the model's.</exception>
    public VisionSlice Slice(WidthPlan plan) => new(this, plan);

    /// <summary>Closes the weights.</summary>
    public void Dispose() => Tensors.Dispose();

    private string FingerprintOf()
    {
        var layers = Enumerable.Range(0, Config.Layers).ToArray();
        var neurons = layers.SelectMany(layer => (string[])[VisionTensorNames.Up(layer), VisionTensorNames.UpBias(layer)]).ToList();
        var sliced = neurons.Concat(layers.Select(VisionTensorNames.Down)).ToHashSet(StringComparer.Ordinal);
        return ModelFingerprint.Of(Tensors, neurons, VisionTensorNames.All(Config).Select(tensor => tensor.Name).Where(name => !sliced.Contains(name)));
    }
}
