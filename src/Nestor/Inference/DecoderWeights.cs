using Nestor.Formats;
using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.Inference;

/// <summary>The weights of one layer; norm weights are vectors of the hidden size.</summary>
/// <param name="AttentionNorm">(hidden)</param>
/// <param name="Query">(heads * head size, hidden)</param>
/// <param name="Key">(key-value heads * head size, hidden)</param>
/// <param name="Value">(key-value heads * head size, hidden)</param>
/// <param name="Output">(hidden, heads * head size)</param>
/// <param name="FeedForwardNorm">(hidden)</param>
/// <param name="Gate">(width, hidden); empty for kinds without a gate.</param>
/// <param name="Up">(width, hidden)</param>
/// <param name="Down">(hidden, width)</param>
internal sealed record LayerWeights(
    Matrix AttentionNorm, Matrix Query, Matrix Key, Matrix Value, Matrix Output, Matrix FeedForwardNorm, Matrix Gate, Matrix Up, Matrix Down);

/// <summary>A checkpoint's weights as matrices: 32-bit floats in the mapped file itself, other types converted once into memory.</summary>
internal sealed unsafe class DecoderWeights
{
    private readonly Checkpoint checkpoint;

    // Keeps converted tensors alive.
    private readonly List<FloatBuffer> converted = [];

    public DecoderWeights(Checkpoint checkpoint)
    {
        this.checkpoint = checkpoint;
        var config = checkpoint.Config;
        int hidden = config.HiddenSize, query = config.Heads * config.HeadSize, keyValue = config.KeyValueHeads * config.HeadSize;

        Embedding = Load(TensorNames.Embedding, config.VocabularySize, hidden);
        Layers = new LayerWeights[config.Layers];
        for (var i = 0; i < config.Layers; i++)
        {
            var width = config.FullWidths[i];
            Layers[i] = new LayerWeights(
                AttentionNorm: LoadVector(TensorNames.AttentionNorm(i), hidden),
                Query: Load(TensorNames.Query(i), query, hidden),
                Key: Load(TensorNames.Key(i), keyValue, hidden),
                Value: Load(TensorNames.Value(i), keyValue, hidden),
                Output: Load(TensorNames.Output(i), hidden, query),
                FeedForwardNorm: LoadVector(TensorNames.FeedForwardNorm(i), hidden),
                Gate: config.FeedForward == FeedForwardKind.SwiGlu ? Load(TensorNames.Gate(i), width, hidden) : default,
                Up: Load(TensorNames.Up(i), width, hidden),
                Down: Load(TensorNames.Down(i), hidden, width));
        }

        Norm = LoadVector(TensorNames.FinalNorm, hidden);
        Head = config.TieEmbeddings ? Embedding : Load(TensorNames.Head, config.VocabularySize, hidden);
    }

    public Matrix Embedding { get; }        // (vocabulary, hidden)

    public LayerWeights[] Layers { get; }

    public Matrix Norm { get; }             // (hidden)

    public Matrix Head { get; }             // (vocabulary, hidden)

    /// <summary>Throws unless the mapped file is still open: reading a closed one would end the process.</summary>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public void ThrowIfClosed() => _ = checkpoint.Tensors.Get(TensorNames.Embedding);

    private Matrix LoadVector(string name, int size) => InMemory(checkpoint.Tensors.Get(name, size), rows: 1, size);

    private Matrix Load(string name, int rows, int columns) => checkpoint.Packing is { } packing
        ? Unpack(PackedTensor.All(checkpoint.Config, packing).First(matrix => matrix.Name == name))
        : InMemory(checkpoint.Tensors.Get(name, rows, columns), rows, columns);

    private Matrix Unpack(PackedTensor tensor)
    {
        var matrix = tensor.At(checkpoint.Tensors.Get(tensor.Name).Pointer);
        var buffer = new FloatBuffer((long)matrix.Rows * matrix.Columns);
        for (var row = 0; row < matrix.Rows; row++)
            matrix.ReadRow(row, buffer.Pointer + (nint)row * matrix.Columns);
        converted.Add(buffer);
        return new Matrix(buffer.Pointer, matrix.Rows, matrix.Columns, matrix.Columns);
    }

    private Matrix InMemory(TensorView tensor, int rows, int columns)
    {
        if (tensor.Type == TensorType.F32)
            return new Matrix((float*)tensor.Pointer, rows, columns, columns);

        var buffer = new FloatBuffer(tensor.Count);
        tensor.CopyTo(new Span<float>(buffer.Pointer, (int)tensor.Count));
        converted.Add(buffer);
        return new Matrix(buffer.Pointer, rows, columns, columns);
    }
}
