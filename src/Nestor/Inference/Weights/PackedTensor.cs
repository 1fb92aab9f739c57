using Nestor.Models;

namespace Nestor.Inference.Weights;

/// <summary>How one matrix of a model is packed.</summary>
/// <param name="Name">Its name among <see cref="TensorNames"/>.</param>
/// <param name="Rows">Outputs.</param>
/// <param name="Columns">Inputs.</param>
/// <param name="Type">Type of the tiles.</param>
/// <param name="Order">Order of the tiles.</param>
internal sealed unsafe record PackedTensor(string Name, int Rows, int Columns, WeightType Type, TileOrder Order)
{
    /// <summary>Bytes of all tiles; <see cref="long.MaxValue"/> for a shape that no memory holds.</summary>
    public long ByteCount => PackedMatrix.BytesOf(Type, Rows, Columns);

    /// <summary>The matrix with its first tile at an address, aligned to a cache line.</summary>
    public PackedMatrix At(byte* data) => new(data, Type, Rows, Columns, Order);

    /// <summary>Every matrix of a model, from the embedding to the head.</summary>
    /// <remarks>Down projections keep their columns, the neurons, in order: then a width is a prefix of all feed-forward matrices.</remarks>
    /// <exception cref="NestorException">A matrix has more rows or columns than an index counts.</exception>
    public static IEnumerable<PackedTensor> All(ModelConfig config, WeightPacking packing)
    {
        var downs = Enumerable.Range(0, config.Layers).Select(TensorNames.Down).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, shape) in TensorNames.All(config))
        {
            if (shape is not [var rows, var columns])
                continue;
            if (rows > int.MaxValue || columns > int.MaxValue)
                throw new NestorException($"The matrix '{name}' of {rows} x {columns} weights cannot be packed; at most {int.MaxValue} rows and columns can.");
            var type = name is TensorNames.Embedding or TensorNames.Head ? packing.EmbeddingType : packing.Type;
            yield return new PackedTensor(name, (int)rows, (int)columns, type, downs.Contains(name) ? TileOrder.ColumnsFirst : TileOrder.RowsFirst);
        }
    }
}
