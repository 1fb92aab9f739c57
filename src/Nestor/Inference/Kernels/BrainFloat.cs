using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>BF16, the upper half of a 32-bit float.</summary>
internal static unsafe class BrainFloat
{
    /// <summary>The nearest BF16, ties to even; what is not a number stays so.</summary>
    public static ushort Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)(bits >> 16 | 0x40) : (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }

    /// <summary>The number that a BF16 stands for.</summary>
    public static float Value(ushort code) => BitConverter.UInt32BitsToSingle((uint)code << 16);

    /// <summary>Rounds to BF16 and back.</summary>
    /// <param name="values">(count)</param>
    /// <param name="rounded">(count)</param>
    /// <param name="count">A multiple of 16.</param>
    [MethodImpl(InnerLoop.Options)]
    public static void Round(float* values, float* rounded, nint count)
    {
        for (nint i = 0; i < count; i += Vectors.Lanes)
        {
            var value = Vector512.Load(values + i);
            var bits = value.AsUInt32();
            var nearest = bits + Vector512.Create(0x7FFFu) + (Vector512.ShiftRightLogical(bits, 16) & Vector512<uint>.One);
            var code = Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), nearest, bits | Vector512.Create(0x40_0000u));
            (code & Vector512.Create(0xFFFF_0000)).AsSingle().Store(rounded + i);
        }
    }
}
