using System.Collections.Immutable;
using Nestor.Formats;

namespace Nestor.Models.Gemma3n;

/// <summary>A smaller Gemma 3n that is about to be cut from a whole one.</summary>
/// <remarks>
/// The first neurons of each feed-forward block stay, layers that are left out disappear with their parts of the per-layer embedding and its
/// projection, the others are renumbered. Attention, AltUp, LAuReL, norms, the embedding and the towers for pictures and sound stay as they
/// are. Activation sparsity stays with its layer; its threshold is taken over the neurons that are there, so the slice computes what the
/// narrow model computes, not what the whole one would with the tail at zero.
/// </remarks>
public sealed class Gemma3nSlice
{
    /// <summary>Files beside the weights that are the same for every slice.</summary>
    private static readonly string[] SideFiles =
    [
        .. ModelFolder.TextFiles, "chat_template.json", "processor_config.json", "preprocessor_config.json", "LICENSE", "NOTICE",
    ];

    private readonly Gemma3nCheckpoint source;
    private readonly ImmutableArray<int> kept;
    private readonly Gemma3nShape shape;

    internal Gemma3nSlice(Gemma3nCheckpoint source, Gemma3nPlan plan)
    {
        if (source.Description.SlicedFrom is { } layers)
            throw new NestorException($"The model '{source.Folder}' is a slice already, of a model with {layers} layers; its layers and widths no longer mean what a plan says. Slice the whole model.");
        (this.source, Plan) = (source, plan);
        shape = plan.Cut(source.Description.Shape);
        kept = plan.Kept(source.Description.Shape.Layers);
        Parameters = Gemma3nParameterCount.Of(Gemma3nTensor.All(shape).Where(tensor => !tensor.IsOptional || source.Tensors.Contains(source.Prefix + OldName(tensor))));
        Bytes = Tensors(default).Sum(tensor => tensor.ByteCount);
    }

    /// <summary>What is kept.</summary>
    public Gemma3nPlan Plan { get; }

    /// <summary>Size of the slice's text part.</summary>
    public Gemma3nParameterCount Parameters { get; }

    /// <summary>Bytes of all tensors, the towers included.</summary>
    public long Bytes { get; }

    /// <summary>Number of files for the weights.</summary>
    /// <param name="shardBytes">Most bytes of tensors in one file.</param>
    public int Shards(long shardBytes) => SafetensorsShards.Split(Tensors(default), shardBytes).Count;

    /// <summary>Writes the slice as a folder that HuggingFace's tools load. Weights are streamed: memory does not grow with them.</summary>
    /// <param name="folder">An empty folder, or one that does not exist yet.</param>
    /// <param name="options">Size of the files, and whether a model in the folder is replaced.</param>
    /// <param name="cancellation">Stops between two pieces; no weights are left behind.</param>
    /// <exception cref="NestorException">The folder is not empty, holds the source, or cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="ObjectDisposedException">The source was disposed.</exception>
    public void Save(string folder, Gemma3nSliceOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new Gemma3nSliceOptions();
        options.Validate();
        OutputFolder.Check(folder, "the slice", source.Folder, options.Overwrite);
        var shards = SafetensorsShards.Split(Tensors(cancellation), options.ShardBytes);
        if (options.Overwrite)
            OutputFolder.Clear(folder, SideFiles);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Writing(folder, error);
        }

        ModelFolder.CopyFiles(source.Folder, folder, SideFiles);
        SafetensorsShards.Write(folder, shards);
        AtomicFile.Write(Path.Combine(folder, ModelFolder.Config), stream => Gemma3nConfigJson.Write(stream, source.Description, shape, kept));
    }

    /// <summary>The slice's tensors in the order of the source's, so that its files are read from front to back.</summary>
    private IEnumerable<TensorSource> Tensors(CancellationToken cancellation)
    {
        var cut = Gemma3nTensor.All(shape).ToDictionary(tensor => source.Prefix + OldName(tensor), StringComparer.Ordinal);
        foreach (var name in source.Tensors.Names)
        {
            var tensor = source.Tensors.Get(name);
            if (cut.TryGetValue(name, out var wanted))
            {
                var bytes = Kept(tensor, wanted);
                yield return new TensorSource(source.Prefix + wanted.FullName, tensor.Type, wanted.Shape, stream => bytes.Write(tensor, stream, cancellation));
            }
            else if (!name.StartsWith(source.Prefix, StringComparison.Ordinal))
            {
                yield return new TensorSource(name, tensor.Type, tensor.Shape, stream => KeptBytes.All(tensor).Write(tensor, stream, cancellation));
            }
        }
    }

    /// <summary>The name, without prefix, that a tensor of the slice has in the whole model.</summary>
    private string OldName(Gemma3nTensor tensor) => tensor.Layer is { } layer ? (tensor with { Layer = kept[layer] }).FullName : tensor.FullName;

    private KeptBytes Kept(TensorView tensor, Gemma3nTensor wanted)
    {
        var layers = source.Description.Shape.Layers;
        long element = tensor.Type.Size, columns = tensor.Shape[^1];
        return wanted.Cut switch
        {
            Gemma3nCut.NeuronRows => KeptBytes.First(wanted.Shape[0] * columns * element, tensor.ByteCount),
            Gemma3nCut.NeuronColumns => KeptBytes.First(wanted.Shape[1] * element, columns * element),
            Gemma3nCut.LayerRows => KeptBytes.Parts(tensor.ByteCount / layers, layers, kept),
            Gemma3nCut.LayerColumns => KeptBytes.Parts(columns / layers * element, layers, kept),
            _ => KeptBytes.All(tensor),
        };
    }
}
