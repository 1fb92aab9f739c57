namespace Nestor.Inference.Kernels;

/// <summary>BF16, the upper half of a 32-bit float.</summary>
internal static class BrainFloat
{
    /// <summary>The nearest BF16, ties to even; what is not a number stays so.</summary>
    public static ushort Round(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)(bits >> 16 | 0x40) : (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }

    /// <summary>The number that a BF16 stands for.</summary>
    public static float Value(ushort code) => BitConverter.UInt32BitsToSingle((uint)code << 16);
}
