using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Inference.Weights;

/// <summary>A model's weights as the kernels read them: matrices in tiles, norms and biases as floats.</summary>
/// <remarks>
/// A packed folder's tiles are read where they lie in the mapped file, so that loading copies nothing and only the pages of a plan are
/// ever touched; the checkpoint must then stay open. An ordinary folder is packed into memory of its own, and the checkpoint may be
/// closed afterwards. Whoever uses a pointer of the weights keeps them alive until it is done (<see cref="GC.KeepAlive"/>).
/// </remarks>
internal sealed unsafe class DecoderWeights
{
    // Mapped tiles end with it; null where everything was copied.
    private readonly Checkpoint? mapped;

    // Keeps vectors and packed matrices alive.
    private readonly AlignedMemory memory;

    private DecoderWeights(ModelConfig config, WeightPacking packing, Dictionary<string, PackedMatrix> matrices, VectorWeights vectors, AlignedMemory memory, Checkpoint? mapped)
    {
        (Packing, this.memory, this.mapped) = (packing, memory, mapped);
        Embedding = matrices[TensorNames.Embedding];
        Layers = [.. Enumerable.Range(0, config.Layers).Select(i => new LayerWeights
        {
            AttentionNorm = vectors[TensorNames.AttentionNorm(i)],
            Query = matrices[TensorNames.Query(i)],
            Key = matrices[TensorNames.Key(i)],
            Value = matrices[TensorNames.Value(i)],
            QueryBias = vectors.Find(TensorNames.QueryBias(i)),
            KeyBias = vectors.Find(TensorNames.KeyBias(i)),
            ValueBias = vectors.Find(TensorNames.ValueBias(i)),
            QueryNorm = vectors.Find(TensorNames.QueryNorm(i)),
            KeyNorm = vectors.Find(TensorNames.KeyNorm(i)),
            Output = matrices[TensorNames.Output(i)],
            FeedForwardNorm = vectors[TensorNames.FeedForwardNorm(i)],
            Gate = matrices.GetValueOrDefault(TensorNames.Gate(i)),
            Up = matrices[TensorNames.Up(i)],
            Down = matrices[TensorNames.Down(i)],
        })];
        Norm = vectors[TensorNames.FinalNorm];
        Head = config.TieEmbeddings ? Embedding : matrices[TensorNames.Head];
    }

    /// <summary>Types of the matrices.</summary>
    public WeightPacking Packing { get; }

    /// <summary>(vocabulary, hidden)</summary>
    public PackedMatrix Embedding { get; }

    /// <summary>First layer first.</summary>
    public LayerWeights[] Layers { get; }

    /// <summary>(hidden) floats, aligned to a cache line, with zeros up to the next multiple of 16.</summary>
    public float* Norm { get; }

    /// <summary>(vocabulary, hidden); the embedding itself where it is tied.</summary>
    public PackedMatrix Head { get; }

    /// <summary>Prepares a model's weights.</summary>
    /// <param name="checkpoint">The open model folder.</param>
    /// <param name="type">Type of the matrices; if not given, as the folder has them, F64 as F32, and F32 for a folder of several types.</param>
    /// <param name="threads">Most threads to pack with; the result does not depend on it.</param>
    /// <exception cref="NestorException">
    /// The folder is packed in another type, a weight does not fit the type (infinite or not a number for quantised ones), or there is
    /// not enough memory.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public static DecoderWeights Load(Checkpoint checkpoint, WeightType? type, int threads)
    {
        if (checkpoint.Packing is not { } packed)
            return Pack(checkpoint, WeightPacking.Of(type ?? StoredType(checkpoint)), threads);
        if (type is { } wanted && wanted != packed.Type)
            throw new NestorException($"The model '{checkpoint.Folder}' is packed as {packed} and cannot be run as {wanted}; leave the weight type out, or use the folder it was packed from.");
        return Map(checkpoint, packed);
    }

    /// <summary>Throws if the weights lie in a mapped file that was closed: reading it would end the process.</summary>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public void ThrowIfClosed() => _ = mapped?.Tensors.Get(TensorNames.Embedding);

    private static DecoderWeights Map(Checkpoint checkpoint, WeightPacking packing)
    {
        var memory = new AlignedMemory(VectorWeights.ByteCount(checkpoint.Config), "The norms and biases");
        var vectors = new VectorWeights(checkpoint, memory.Start);
        var matrices = PackedTensor.All(checkpoint.Config, packing).ToDictionary(
            matrix => matrix.Name, matrix => matrix.At(checkpoint.Tensors.Get(matrix.Name, matrix.ByteCount).Pointer), StringComparer.Ordinal);
        return new DecoderWeights(checkpoint.Config, packing, matrices, vectors, memory, mapped: checkpoint);
    }

    private static DecoderWeights Pack(Checkpoint checkpoint, WeightPacking packing, int threads)
    {
        var config = checkpoint.Config;
        var matrices = PackedTensor.All(config, packing).ToList();
        var memory = new AlignedMemory(matrices.Sum(matrix => matrix.ByteCount) + VectorWeights.ByteCount(config), $"The model '{checkpoint.Folder}' as {packing}");
        var targets = new Dictionary<string, PackedMatrix>(StringComparer.Ordinal);
        var next = memory.Start;
        foreach (var matrix in matrices)
        {
            targets.Add(matrix.Name, matrix.At(next));
            next += matrix.ByteCount;
        }

        TilePacker.Pack([.. matrices.Select(matrix => (checkpoint.Tensors.Get(matrix.Name, matrix.Rows, matrix.Columns), targets[matrix.Name]))], threads);
        return new DecoderWeights(config, packing, targets, new VectorWeights(checkpoint, next), memory, mapped: null);
    }

    /// <summary>The type in which a plain folder loses nothing.</summary>
    public static WeightType StoredType(Checkpoint checkpoint)
    {
        var types = TensorNames.All(checkpoint.Config).Where(tensor => tensor.Shape.Length == 2).Select(tensor => checkpoint.Tensors.Get(tensor.Name).Type).Distinct();
        return types.ToArray() switch
        {
            [TensorType.BF16] => WeightType.BF16,
            [TensorType.F16] => WeightType.F16,
            _ => WeightType.F32,
        };
    }
}
