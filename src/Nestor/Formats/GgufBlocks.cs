using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Nestor.Formats;

/// <summary>Rows of 32-bit floats as a <see cref="GgufType"/> holds them, little-endian.</summary>
internal static class GgufBlocks
{
    private const int Half = GgufTypes.QuantizedBlock / 2;

    /// <summary>Converts a row.</summary>
    /// <param name="type">The type to write.</param>
    /// <param name="row">Whole blocks.</param>
    /// <param name="bytes">Receives <c>row.Length / BlockElements * BlockBytes</c> bytes.</param>
    /// <returns>Whether the type holds the row: halves end at 65504, and a block with an infinity or NaN has no scale.</returns>
    public static bool Encode(GgufType type, ReadOnlySpan<float> row, Span<byte> bytes)
    {
        switch (type)
        {
            case GgufType.F32:
                MemoryMarshal.AsBytes(row).CopyTo(bytes);
                return true;
            case GgufType.BF16:
                for (var i = 0; i < row.Length; i++)
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes[(sizeof(ushort) * i)..], BrainFloat(row[i]));
                return true;
            case GgufType.F16:
                var fits = true;
                for (var i = 0; i < row.Length; i++)
                {
                    BinaryPrimitives.WriteHalfLittleEndian(bytes[(sizeof(ushort) * i)..], (System.Half)row[i]);
                    fits &= System.Half.IsFinite((System.Half)row[i]) || !float.IsFinite(row[i]);
                }

                return fits;
            default:
                return EncodeBlocks(type, row, bytes);
        }
    }

    /// <summary>Converts one quantised block back. The products are exact: a half has 11 bits, an element at most 8.</summary>
    /// <param name="type">A quantised type.</param>
    /// <param name="bytes"><c>BlockBytes</c> bytes.</param>
    /// <param name="block">Receives <see cref="GgufTypes.QuantizedBlock"/> floats.</param>
    public static void Decode(GgufType type, ReadOnlySpan<byte> bytes, Span<float> block)
    {
        var scale = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);
        var items = bytes[sizeof(ushort)..];
        for (var i = 0; i < GgufTypes.QuantizedBlock; i++)
        {
            block[i] = scale * type switch
            {
                GgufType.Q8 => (sbyte)items[i],
                GgufType.Q4 => (i < Half ? items[i] & 0xF : items[i - Half] >> 4) - 8,
                _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a quantised type"),
            };
        }
    }

    private static bool EncodeBlocks(GgufType type, ReadOnlySpan<float> row, Span<byte> bytes)
    {
        var fits = true;
        for (var i = 0; i < row.Length / GgufTypes.QuantizedBlock; i++)
        {
            var block = row.Slice(i * GgufTypes.QuantizedBlock, GgufTypes.QuantizedBlock);
            var target = bytes.Slice(i * type.BlockBytes, type.BlockBytes);
            var scale = type == GgufType.Q8 ? EncodeQ8(block, target[sizeof(ushort)..]) : EncodeQ4(block, target[sizeof(ushort)..]);
            BinaryPrimitives.WriteHalfLittleEndian(target, (System.Half)scale);
            fits &= System.Half.IsFinite((System.Half)scale);
        }

        return fits;
    }

    /// <summary>Bytes of a block whose largest magnitude becomes 127; returns the scale.</summary>
    private static float EncodeQ8(ReadOnlySpan<float> block, Span<byte> bytes)
    {
        var scale = MathF.Abs(LargestMagnitude(block)) / sbyte.MaxValue;
        for (var i = 0; i < block.Length; i++)
            bytes[i] = scale == 0 ? (byte)0 : (byte)(sbyte)MathF.Round(block[i] / scale, MidpointRounding.AwayFromZero);
        return scale;
    }

    /// <summary>Nibbles of a block whose value of largest magnitude becomes -8, the farther end of the range; returns the scale, which has a sign.</summary>
    private static float EncodeQ4(ReadOnlySpan<float> block, Span<byte> bytes)
    {
        var scale = LargestMagnitude(block) / -8;
        for (var i = 0; i < Half; i++)
            bytes[i] = (byte)(Nibble(block[i], scale) | (Nibble(block[i + Half], scale) << 4));
        return scale;
    }

    private static int Nibble(float value, float scale) => scale == 0 ? 8 : Math.Clamp((int)MathF.Floor(value / scale + 8.5f), 0, 15);

    /// <summary>The value that is farthest from zero; NaN if there is one.</summary>
    private static float LargestMagnitude(ReadOnlySpan<float> block)
    {
        var largest = 0f;
        foreach (var value in block)
        {
            if (!(MathF.Abs(value) <= MathF.Abs(largest)))
                largest = value;
            if (float.IsNaN(value))
                break;
        }

        return largest;
    }

    /// <summary>The upper half of a float, rounded to nearest, ties to even; a NaN stays one.</summary>
    private static ushort BrainFloat(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
