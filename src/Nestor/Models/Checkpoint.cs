using Nestor.Formats;
using Nestor.Text;

namespace Nestor.Models;

/// <summary>A model folder as HuggingFace users know it: <c>config.json</c>, <c>model.safetensors</c> or shards with their index, <c>tokenizer.json</c>.</summary>
/// <remarks>Once open, every tensor of the configuration is there, in its shape and of a floating type.</remarks>
public sealed class Checkpoint : IDisposable
{
    private readonly Lazy<string> fingerprint;
    private readonly Lazy<Tokenizer> tokenizer;

    private Checkpoint(string folder, ModelConfig config, SliceOrigin? origin, TensorStore tensors)
    {
        (Folder, Config, Origin, Tensors) = (folder, config, origin, tensors);
        fingerprint = new Lazy<string>(() => ModelFingerprint.Of(Tensors, Config));
        tokenizer = new Lazy<Tokenizer>(OpenTokenizer);
    }

    /// <summary>How the matrices are packed for inference; null for an ordinary folder, whose tensors have their plain shapes.</summary>
    public WeightPacking? Packing { get; }

    /// <summary>The folder that was opened.</summary>
    public string Folder { get; }

    /// <summary>The model's shape.</summary>
    public ModelConfig Config { get; }

    /// <summary>What the model was cut from; null for a model that is not a slice.</summary>
    public SliceOrigin? Origin { get; }

    /// <summary>The weights, named by <see cref="TensorNames"/>.</summary>
    public TensorStore Tensors { get; }

    /// <summary>Whether the folder holds a <c>tokenizer.json</c>.</summary>
    public bool HasTokenizer => File.Exists(Path.Combine(Folder, ModelFolder.Tokenizer));

    /// <summary>The model's tokenizer, read when first asked for.</summary>
    /// <exception cref="NestorException">The folder has none, it is damaged, or it has more tokens than the model.</exception>
    public Tokenizer Tokenizer => tokenizer.Value;

    /// <summary>A text that a model shares with its slices and with no other model.</summary>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public string Fingerprint => fingerprint.Value;

    /// <summary>Opens a folder and checks it completely. Costs the headers, not the weights.</summary>
    /// <exception cref="NestorException">A file is missing or damaged, the model is of a kind Nestor does not compute, or its tensors do not fit its configuration.</exception>
    public static Checkpoint Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new NestorException($"There is no model folder '{folder}'; check the path.");
        var path = Path.Combine(folder, ModelFolder.Config);
        if (!File.Exists(path))
            throw new NestorException($"The folder '{folder}' holds no {ModelFolder.Config}, so it is not a model, or not completely written; choose a model folder.");

        var (config, origin) = ConfigJson.Read(path);
        var tensors = TensorStore.Open(folder);
        try
        {
            CheckTensors(tensors, config);
            return new Checkpoint(folder, config, origin, tensors);
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
    /// <param name="tensors">Every tensor that <see cref="TensorNames.All"/> lists for the shape, and no other, of floating types.</param>
    /// <param name="tokenizer">Its tokenizer, if it has one.</param>
    /// <param name="origin">What the model was cut from, if it is a slice.</param>
    /// <exception cref="NestorException">The shape is impossible, or a file cannot be written.</exception>
    /// <exception cref="ArgumentException">The tensors are not those of the shape.</exception>
    public static void Write(string folder, ModelConfig config, IReadOnlyList<TensorSource> tensors, Tokenizer? tokenizer = null, SliceOrigin? origin = null) =>
        ModelFolder.Write(folder, config, origin, tensors, writeText: path => tokenizer?.Save(Path.Combine(path, ModelFolder.Tokenizer)));

    /// <summary>Prepares a smaller model: the first neurons of each layer, everything else unchanged.</summary>
    /// <exception cref="NestorException">The plan has another number of layers, or a layer is wider than the model's.</exception>
    public CheckpointSlice Slice(WidthPlan plan) => new(this, plan);

    /// <summary>Closes the weights.</summary>
    public void Dispose() => Tensors.Dispose();

    private Tokenizer OpenTokenizer()
    {
        var path = Path.Combine(Folder, ModelFolder.Tokenizer);
        var opened = Tokenizer.Open(path);
        return opened.VocabularySize <= Config.VocabularySize
            ? opened
            : throw new NestorException($"The tokenizer '{path}' has {opened.VocabularySize} tokens, the model {Config.VocabularySize}; use the tokenizer the model was trained with.");
    }

    /// <summary>
    /// All tensors of the configuration are there as it says. Others are an error, because leaving out a bias or a norm would change
    /// what the model computes; only an output head that is tied anyway and stored rotary frequencies mean nothing.
    /// </summary>
    private static void CheckTensors(TensorStore tensors, ModelConfig config)
    {
        var expected = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, shape) in TensorNames.All(config))
        {
            var tensor = tensors.Get(name, shape.AsSpan());
            if (!tensor.Type.IsFloating)
                throw new NestorException($"The tensor '{name}' in '{tensors.Path}' holds {tensor.Type.HeaderName}; F32, F16, BF16 or F64 was wanted.");
            expected.Add(name);
        }

        foreach (var name in tensors.Names)
        {
            var harmless = name == TensorNames.Head || name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);
            if (!expected.Contains(name) && !harmless)
                throw new NestorException($"'{tensors.Path}' holds the tensor {Quoted.Quote(name)}, which a model of this configuration does not have; Nestor would compute another model without it.");
        }
    }
}
