using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Products with Q4 tiles.</summary>
/// <remarks>A few rows part the nibbles on their way through registers, many rows do it once: tiles of Q8 then hold <c>q + 8</c> too.</remarks>
/// <param name="nibbles">Multiply Q4 tiles.</param>
/// <param name="bytes">Multiply Q8 tiles.</param>
internal sealed unsafe class EmittedNibbleProduct(RowKernels nibbles, RowKernels bytes) : EmittedIntegerProduct(WeightType.Q4, nibbles)
{
    private const int OctetBytes = Tile.Rows * 4, Octets = Tile.Columns / 8, ScaleBytes = Tile.Rows * sizeof(ushort);

    private readonly WideTiles bytes = new(bytes, WeightType.Q8, IntegerCode.InputBytes, Part);

    public override void Multiply(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        if (rows < WideTiles.Rows)
            base.Multiply(tiles, inputs, inputStride, rows, output, outputStride, add);
        else
            bytes.Multiply(tiles, inputs, inputStride, rows, output, outputStride, add);
    }

    [MethodImpl(InnerLoop.Options)]
    private static void Part(byte* nibbles, byte* bytes)
    {
        var low = Vector512.Create((byte)15);
        for (var octet = 0; octet < Octets; octet++, bytes += OctetBytes)
        {
            for (var end = nibbles + OctetBytes; nibbles < end; nibbles += Vector512<byte>.Count, bytes += Vector512<byte>.Count)
            {
                var both = Vector512.Load(nibbles);
                (both & low).Store(bytes);
                ((both.AsUInt32() >>> 4).AsByte() & low).Store(bytes + OctetBytes);
            }
        }

        Unsafe.CopyBlock(bytes, nibbles, ScaleBytes);
    }
}
