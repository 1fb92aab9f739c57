using System.Buffers.Binary;
using System.Numerics;

namespace Nestor.Retrieval;

/// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4) of a growing sequence of bytes.</summary>
internal static class Checksum
{
    /// <summary>The checksum of no bytes.</summary>
    public const uint Empty = 0;

    /// <summary>The checksum of bytes with a known one, followed by more.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        var register = ~checksum;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            register = BitOperations.Crc32C(register, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var value in bytes)
            register = BitOperations.Crc32C(register, value);
        return ~register;
    }
}
