using System.Numerics;
using System.Runtime.CompilerServices;

namespace Nestor.Formats;

/// <summary>Stored floats of any width as 32-bit floats.</summary>
internal static unsafe class FloatConversion
{
    /// <summary>Converts <c>destination.Length</c> elements; the source need not be aligned. F64 rounds to nearest, the others are exact.</summary>
    public static void Convert(TensorType type, byte* source, Span<float> destination)
    {
        switch (type)
        {
            case TensorType.F32:
                fixed (float* target = destination)
                    Buffer.MemoryCopy(source, target, sizeof(float) * (long)destination.Length, sizeof(float) * (long)destination.Length);
                break;
            case TensorType.BF16:
                ConvertBrainFloat(source, destination);
                break;
            case TensorType.F16:
                for (var i = 0; i < destination.Length; i++)
                    destination[i] = (float)Unsafe.ReadUnaligned<Half>(source + (long)i * sizeof(Half));
                break;
            case TensorType.F64:
                for (var i = 0; i < destination.Length; i++)
                    destination[i] = (float)Unsafe.ReadUnaligned<double>(source + (long)i * sizeof(double));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "not a floating type");
        }
    }

    /// <summary>A BF16 is the upper half of an F32: widen and shift.</summary>
    private static void ConvertBrainFloat(byte* source, Span<float> destination)
    {
        var i = 0;
        for (; i <= destination.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(Unsafe.ReadUnaligned<Vector<ushort>>(source + (long)i * sizeof(ushort)), out var low, out var high);
            Vector.AsVectorSingle(low << 16).CopyTo(destination[i..]);
            Vector.AsVectorSingle(high << 16).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }

        for (; i < destination.Length; i++)
            destination[i] = BitConverter.UInt32BitsToSingle((uint)Unsafe.ReadUnaligned<ushort>(source + (long)i * sizeof(ushort)) << 16);
    }
}
