using Nestor.Formats;
using Nestor.Inference;
using Nestor.Inference.Weights;

namespace Nestor.Models;

/// <summary>A model that is about to be packed for inference: its matrices as the kernels read them, most often quantised.</summary>
/// <remarks>
/// One packed folder serves every width. Quantised weights share a scale in blocks of 32 along the inputs of a matrix, and the tiles of
/// a feed-forward matrix are ordered by neuron, so a plan is a prefix of the file and the first neurons mean the same in every plan.
/// Other tools refuse the folder, and so do training and slicing: keep the source.
/// </remarks>
public sealed class PackedCheckpoint
{
    private readonly Checkpoint source;

    internal PackedCheckpoint(Checkpoint source, WeightType type)
    {
        source.ThrowIfPacked("to pack");
        this.source = source;
        Packing = WeightPacking.Of(type);
        SourceBytes = TensorNames.All(source.Config).Sum(tensor => source.Tensors.Get(tensor.Name).ByteCount);
        Bytes = ExpectedTensor.All(source.Config, Packing).Sum(tensor => tensor.Shape[0] * (tensor.Type?.Size ?? 0));
    }

    /// <summary>Types of the matrices.</summary>
    public WeightPacking Packing { get; }

    /// <summary>Bytes of the source's weights.</summary>
    public long SourceBytes { get; }

    /// <summary>Bytes of the packed weights.</summary>
    public long Bytes { get; }

    /// <summary>Bits of the packed file for each parameter of the model, scales, norms, biases and the padding of odd sizes included.</summary>
    public double BitsPerWeight => 8.0 * Bytes / ParameterCount.Of(source.Config, source.Config.FullWidths).Total;

    /// <summary>Writes the packed model as a folder. Memory does not grow with the model: matrices are packed some megabytes at a time.</summary>
    /// <param name="folder">A folder that holds no model yet; it is created where it does not exist.</param>
    /// <param name="threads">Most threads to use; all processors if not given. The bytes do not depend on it.</param>
    /// <param name="cancellation">Stops between two pieces; nothing is left behind but the text side.</param>
    /// <exception cref="NestorException">The folder holds a model already, or cannot be written; or a weight does not fit the type.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="ObjectDisposedException">The source was disposed.</exception>
    public void Save(string folder, int? threads = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads ?? 1, nameof(threads));
        ModelFolder.ThrowIfTaken(folder, "the packed model");
        var matrices = PackedTensor.All(source.Config, Packing).ToDictionary(matrix => matrix.Name, StringComparer.Ordinal);
        var tensors = ExpectedTensor.All(source.Config, Packing).Select(tensor => matrices.TryGetValue(tensor.Name, out var matrix)
            ? Matrix(matrix, threads ?? Environment.ProcessorCount, cancellation)
            : Vector(tensor.Name));
        var description = new ModelDescription(source.Config, source.Origin, new PackedWeights(Packing, source.Fingerprint));
        ModelFolder.Write(folder, description, [.. tensors], target => ModelFolder.CopyFiles(source.Folder, target, ModelFolder.TextFiles));
    }

    private TensorSource Matrix(PackedTensor matrix, int threads, CancellationToken cancellation)
    {
        var stored = source.Tensors.Get(matrix.Name, matrix.Rows, matrix.Columns);
        return new TensorSource(matrix.Name, TensorType.U8, [matrix.ByteCount], stream => TilePacker.Write(stored, matrix, stream, threads, cancellation))
        {
            Alignment = AlignedMemory.Alignment,
        };
    }

    private TensorSource Vector(string name)
    {
        var stored = source.Tensors.Get(name);
        var values = new float[stored.Count];
        stored.CopyTo(values);
        return TensorSource.Of(name, values, values.Length);
    }
}
