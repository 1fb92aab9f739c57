using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nestor.Text;

/// <summary>The tokens of pieces met lately: a table of fixed size that forgets the older of two pieces when a third needs their place.</summary>
/// <remarks>Shared between threads without locks: an entry is immutable, and a slot is one reference.</remarks>
internal sealed class PieceCache
{
    /// <summary>Longer pieces are not kept, so that the table's memory has a bound.</summary>
    public const int LongestPiece = 32;

    private const int SlotBits = 16;
    private readonly Entry?[] slots = new Entry?[1 << SlotBits];

    /// <summary>A number for a piece that differs for most others.</summary>
    public static ulong Hash(ReadOnlySpan<char> piece)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        var bytes = MemoryMarshal.AsBytes(piece);
        var hash = (ulong)piece.Length * Multiplier;
        for (; bytes.Length > 8; bytes = bytes[8..])
            hash = BitOperations.RotateLeft((hash ^ MemoryMarshal.Read<ulong>(bytes)) * Multiplier, 29);
        ulong tail = 0;
        for (var i = 0; i < bytes.Length; i++)
            tail |= (ulong)bytes[i] << (8 * i);
        hash = (hash ^ tail) * Multiplier;
        return hash ^ (hash >> 32);
    }

    /// <summary>The tokens of a piece, if it is kept.</summary>
    public bool TryGet(ReadOnlySpan<char> piece, ulong hash, out ReadOnlySpan<int> tokens)
    {
        ref var first = ref FirstSlot(hash);
        var entry = first;
        if (entry is null || !entry.Is(piece, hash))
        {
            ref var second = ref Unsafe.Add(ref first, 1);
            (entry, var earlier) = (second, entry);
            if (entry is null || !entry.Is(piece, hash))
            {
                tokens = [];
                return false;
            }

            (first, second) = (entry, earlier);
        }

        tokens = entry.Tokens;
        return true;
    }

    /// <summary>Keeps the tokens of a piece in place of the older of the two pieces that share its slots.</summary>
    public void Put(ReadOnlySpan<char> piece, ulong hash, ReadOnlySpan<int> tokens)
    {
        ref var first = ref FirstSlot(hash);
        Unsafe.Add(ref first, 1) = first;
        first = new Entry(hash, piece.ToString(), tokens.ToArray());
    }

    private ref Entry? FirstSlot(ulong hash) => ref slots[hash & ((1 << SlotBits) - 2)];

    private sealed class Entry(ulong hash, string piece, int[] tokens)
    {
        public readonly int[] Tokens = tokens;

        public bool Is(ReadOnlySpan<char> other, ulong otherHash) => hash == otherHash && other.SequenceEqual(piece);
    }
}
