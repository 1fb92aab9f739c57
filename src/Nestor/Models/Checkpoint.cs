using Nestor.Formats;
using Nestor.Inference;
using Nestor.Text;

namespace Nestor.Models;

/// <summary>A model folder as HuggingFace users know it: <c>config.json</c>, <c>model.safetensors</c> or shards with their index, <c>tokenizer.json</c>.</summary>
/// <remarks>
/// Once open, every tensor of the configuration is there, in its shape and of a floating type; in a packed folder (<see cref="Packing"/>)
/// every matrix is there as the bytes of its tiles.
/// </remarks>
public sealed class Checkpoint : IDisposable
{
    private readonly Lazy<string> fingerprint;
    private readonly Lazy<Tokenizer> tokenizer;

    private Checkpoint(string folder, ModelDescription description, TensorStore tensors)
    {
        (Folder, Config, Origin, Packing, Tensors) = (folder, description.Config, description.Origin, description.Packed?.Packing, tensors);
        fingerprint = new Lazy<string>(() => description.Packed?.Fingerprint ?? ModelFingerprint.Of(Tensors, Config));
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

    /// <summary>A text that a model shares with its slices and packed copies, and with no other model.</summary>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public string Fingerprint => fingerprint.Value;

    /// <summary>Opens a folder and checks it completely. Costs the headers, not the weights.</summary>
    /// <exception cref="NestorException">A file is missing or damaged, the model is of a kind Nestor does not compute, or its tensors do not fit its configuration.</exception>
    public static Checkpoint Open(string folder)
    {
        ModelFolder.ThrowIfMissing(folder);
        var description = ConfigJson.Read(Path.Combine(folder, ModelFolder.Config));
        var tensors = TensorStore.Open(folder);
        try
        {
            // Others would change what the model computes; only a head that is tied anyway and stored rotary frequencies mean nothing.
            ExpectedTensor.Check(
                tensors, ExpectedTensor.All(description.Config, description.Packed?.Packing), description.Packed?.Packing,
                name => name == TensorNames.Head || name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal));
            return new Checkpoint(folder, description, tensors);
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
        ModelFolder.Write(folder, new ModelDescription(config, origin), tensors, writeText: path => tokenizer?.Save(Path.Combine(path, ModelFolder.Tokenizer)));

    /// <summary>Prepares a smaller model: the first neurons of each layer, everything else unchanged.</summary>
    /// <exception cref="NestorException">The plan has another number of layers, a layer is wider than the model's, or the folder is packed.</exception>
    public CheckpointSlice Slice(WidthPlan plan) => new(this, plan);

    /// <summary>Prepares a folder for inference: matrices in the kernels' layout, in any type.</summary>
    /// <exception cref="NestorException">The folder is packed already.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The type is not defined.</exception>
    public PackedCheckpoint Pack(WeightType type) => new(this, type);

    /// <summary>Refuses a packed folder where plain tensors are needed.</summary>
    /// <param name="purpose">What they are needed for, such as <c>to train</c>.</param>
    /// <exception cref="NestorException">The folder is packed.</exception>
    public void ThrowIfPacked(string purpose)
    {
        if (Packing is not null)
            throw new NestorException($"The model '{Folder}' is packed as {Packing} for inference and holds no plain tensors {purpose}; use the folder it was packed from.");
    }

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
}
