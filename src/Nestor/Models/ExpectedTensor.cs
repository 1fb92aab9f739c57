using System.Collections.Immutable;
using Nestor.Formats;
using Nestor.Inference.Weights;

namespace Nestor.Models;

/// <summary>A tensor that a folder of some configuration must hold.</summary>
/// <param name="Name">Its name among <see cref="TensorNames"/>.</param>
/// <param name="Shape">The plain shape; of a packed matrix, its bytes.</param>
/// <param name="Type">The only type it may have; null where any floating type will do.</param>
internal sealed record ExpectedTensor(string Name, ImmutableArray<long> Shape, TensorType? Type)
{
    /// <summary>Whether the tensor is a matrix in tiles.</summary>
    public bool IsPacked => Type == TensorType.U8;

    /// <summary>What is wanted, for messages.</summary>
    public string Wanted => $"{Type?.HeaderName ?? "F32, F16, BF16 or F64"} {TensorShape.Print(Shape)}";

    /// <summary>Whether a tensor of a type and a shape is the one.</summary>
    public bool Fits(TensorType type, ImmutableArray<long> shape) =>
        (Type is { } only ? type == only : type.IsFloating) && shape.AsSpan().SequenceEqual(Shape.AsSpan());

    /// <summary>Every tensor of a model, from the embedding to the head.</summary>
    /// <exception cref="NestorException">A matrix is too large to be packed.</exception>
    public static IEnumerable<ExpectedTensor> All(ModelConfig config, WeightPacking? packing)
    {
        if (packing is null)
            return TensorNames.All(config).Select(tensor => new ExpectedTensor(tensor.Name, tensor.Shape, Type: null));
        var matrices = PackedTensor.All(config, packing).ToDictionary(matrix => matrix.Name, StringComparer.Ordinal);
        return TensorNames.All(config).Select(tensor => matrices.TryGetValue(tensor.Name, out var matrix)
            ? new ExpectedTensor(tensor.Name, [matrix.ByteCount], TensorType.U8)
            : new ExpectedTensor(tensor.Name, tensor.Shape, TensorType.F32));
    }
}
