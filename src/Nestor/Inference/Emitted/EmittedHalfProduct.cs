using System.Runtime.CompilerServices;
using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Products with F16 tiles; prepared inputs are the activations themselves.</summary>
/// <remarks>A few rows widen the weights on their way through registers. Many rows do it once, two tiles at a time, and then multiply F32 tiles.</remarks>
/// <param name="halves">Multiply F16 tiles.</param>
/// <param name="floats">Multiply F32 tiles.</param>
/// <param name="widening">Code of <see cref="FloatCode.EmitWidening"/>.</param>
internal sealed unsafe class EmittedHalfProduct(RowKernels halves, RowKernels floats, byte* widening) : EmittedFloatProduct(WeightType.F16, halves)
{
    private const int ManyRows = 32, WideTiles = 2, Alignment = 64;

    private static readonly int WideBytes = Tile.Bytes(WeightType.F32);

    [SkipLocalsInit]
    public override void Multiply(byte* tiles, nint tileStride, int count, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        if (rows < ManyRows)
        {
            base.Multiply(tiles, tileStride, count, inputs, inputStride, rows, output, outputStride, add);
            return;
        }

        var memory = stackalloc byte[WideTiles * WideBytes + Alignment];
        var wide = (byte*)(((nuint)memory + Alignment - 1) / Alignment * Alignment);
        for (var first = 0; first < count; first += WideTiles)
        {
            var taken = Math.Min(WideTiles, count - first);
            for (var tile = 0; tile < taken; tile++, tiles += tileStride)
                ((delegate* unmanaged[SuppressGCTransition]<byte*, byte*, void>)widening)(tiles, wide + tile * WideBytes);
            floats.Multiply(wide, WideBytes, taken, inputs + (nint)first * InputBytes, inputStride, rows, output, outputStride, add || first > 0);
        }
    }
}
