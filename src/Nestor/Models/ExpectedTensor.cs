using System.Collections.Immutable;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Inference.Weights;

namespace Nestor.Models;

/// <summary>A tensor that a folder of some configuration must hold.</summary>
/// <param name="Name">Its name.</param>
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

    /// <summary>Checks that a folder holds every tensor of a model as it should be, and no other: leaving out a bias or a norm would change what the model computes.</summary>
    /// <param name="tensors">The folder's tensors.</param>
    /// <param name="all">What the model has.</param>
    /// <param name="packing">How its matrices are packed, if they are.</param>
    /// <param name="meansNothing">Names that may be there beside.</param>
    /// <exception cref="NestorException">A tensor is missing, has another shape or type, or is one too many.</exception>
    public static void Check(TensorStore tensors, IEnumerable<ExpectedTensor> all, WeightPacking? packing, Func<string, bool> meansNothing)
    {
        var expected = new HashSet<string>(StringComparer.Ordinal);
        foreach (var wanted in all)
        {
            wanted.Check(tensors, packing);
            expected.Add(wanted.Name);
        }

        foreach (var name in tensors.Names)
        {
            if (!expected.Contains(name) && !meansNothing(name))
                throw new NestorException($"'{tensors.Path}' holds the tensor {Quoted.Quote(name)}, which a model of this configuration does not have; Nestor would compute another model without it.");
        }
    }

    /// <summary>Checks that every tensor of a model, and no other, is about to be written.</summary>
    /// <exception cref="ArgumentException">One is missing, has another shape or type, or is one too many.</exception>
    public static void Check(IReadOnlyList<TensorSource> tensors, IEnumerable<ExpectedTensor> all)
    {
        var given = tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
        foreach (var wanted in all)
        {
            if (!given.Remove(wanted.Name, out var tensor))
                throw new ArgumentException($"The tensor {wanted.Name} of the model is not given.", nameof(tensors));
            if (!wanted.Fits(tensor.Type, tensor.Shape))
                throw new ArgumentException($"The tensor {wanted.Name} is {tensor.Type.HeaderName} {TensorShape.Print(tensor.Shape)}; {wanted.Wanted} was wanted.", nameof(tensors));
        }

        if (given.Count > 0)
            throw new ArgumentException($"The model has no place for the tensor {given.Keys.First()}.", nameof(tensors));
    }

    private unsafe void Check(TensorStore tensors, WeightPacking? packing)
    {
        var tensor = tensors.Get(Name);
        if (!Fits(tensor.Type, tensor.Shape))
        {
            var why = packing is null ? "was wanted" : $"was wanted in a model packed as {packing}; pack it again";
            throw new NestorException($"The tensor '{Name}' in '{tensors.Path}' is {tensor.Type.HeaderName} {TensorShape.Print(tensor.Shape)}; {Wanted} {why}.");
        }

        if (IsPacked && (nuint)tensor.Pointer % AlignedMemory.Alignment != 0)
            throw new NestorException($"The packed tensor '{Name}' in '{tensors.Path}' does not begin at a multiple of {AlignedMemory.Alignment} bytes; pack the model again.");
    }
}
