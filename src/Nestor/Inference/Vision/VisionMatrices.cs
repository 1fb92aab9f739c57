using Nestor.Formats;
using Nestor.Inference.Weights;
using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Inference.Vision;

/// <summary>Which tensors of a vision model are matrices, and how they are packed.</summary>
internal static class VisionMatrices
{
    /// <summary>Every matrix of a model; the patches' projection is one, over the pixels of a patch.</summary>
    /// <remarks>Down projections keep their columns, the neurons, in order: then a width is a prefix of all feed-forward matrices.</remarks>
    /// <exception cref="NestorException">A matrix has more rows or columns than an index counts.</exception>
    public static IEnumerable<PackedTensor> All(VisionConfig config, WeightPacking packing)
    {
        var downs = Enumerable.Range(0, config.Layers).Select(VisionTensorNames.Down).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, shape) in VisionTensorNames.All(config))
        {
            if (!IsMatrix(name, shape.Length))
                continue;
            var (rows, columns) = (shape[0], shape[1..].Aggregate(1L, (product, size) => product * size));
            if (rows > int.MaxValue || columns > int.MaxValue)
                throw new NestorException($"The matrix '{name}' of {rows} x {columns} weights cannot be packed; at most {int.MaxValue} rows and columns can.");
            var type = name is VisionTensorNames.Patch or VisionTensorNames.Classifier ? packing.EmbeddingType : packing.Type;
            yield return new PackedTensor(name, (int)rows, (int)columns, type, downs.Contains(name) ? TileOrder.ColumnsFirst : TileOrder.RowsFirst);
        }
    }

    /// <summary>The type that loses nothing of a checkpoint's matrices: as they are stored, F64 as F32, and F32 where they have several types.</summary>
    public static WeightType StoredType(VisionCheckpoint checkpoint)
    {
        var types = VisionTensorNames.All(checkpoint.Config).Where(tensor => IsMatrix(tensor.Name, tensor.Shape.Length))
            .Select(tensor => checkpoint.Tensors.Get(tensor.Name).Type).Distinct();
        return types.ToArray() switch
        {
            [TensorType.BF16] => WeightType.BF16,
            [TensorType.F16] => WeightType.F16,
            _ => WeightType.F32,
        };
    }

    private static bool IsMatrix(string name, int dimensions) => dimensions == 2 || name == VisionTensorNames.Patch;
}
