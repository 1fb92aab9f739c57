using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Products with BF16 tiles.</summary>
/// <remarks>Prepared inputs are pairs of BF16, the first column in the upper half. Subnormals count as zeros, in inputs, weights and sums.</remarks>
internal sealed unsafe class EmittedBrainFloatProduct(RowKernels kernels) : EmittedProduct(WeightType.BF16, kernels)
{
    public override int InputBytes => BrainFloatCode.InputBytes;

    [MethodImpl(InnerLoop.Options)]
    public override void Prepare(float* values, int tiles, byte* inputs)
    {
        for (; tiles > 0; tiles--, values += Tile.Columns, inputs += BrainFloatCode.InputBytes)
        {
            var first = Pairs(Vector512.LoadUnsafe(ref *(uint*)values));
            var second = Pairs(Vector512.LoadUnsafe(ref *(uint*)values, (nuint)Vector512<uint>.Count));
            Vector512.Narrow(first, second).Store((uint*)inputs);
        }
    }

    /// <summary>8 pairs of floats to 8 pairs of BF16, as <see cref="BrainFloat.Round(float)"/> rounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Pairs(Vector512<uint> floats)
    {
        var rounded = floats + Vector512.Create(0x7FFFu) + ((floats >>> 16) & Vector512<uint>.One);
        var isNumber = Vector512.LessThanOrEqual(floats & Vector512.Create(0x7FFFFFFFu), Vector512.Create(0x7F800000u));
        var pairs = Vector512.ConditionalSelect(isNumber, rounded, floats | Vector512.Create(0x400000u)).AsUInt64();
        return (pairs & Vector512.Create(0xFFFF0000ul)) | (pairs >>> 48);
    }
}
