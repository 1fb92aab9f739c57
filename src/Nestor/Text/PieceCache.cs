using System.Numerics;
using System.Runtime.InteropServices;

namespace Nestor.Text;

/// <summary>The tokens of pieces met lately: a table of fixed size that forgets a piece when another needs its place.</summary>
/// <remarks>Shared between threads without locks: an entry is immutable, and a slot is one reference.</remarks>
internal sealed class PieceCache
{
    /// <summary>Longer pieces are not kept, so that the table's memory has a bound.</summary>
    public const int LongestPiece = 32;

    private const int SlotBits = 15;
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
        var entry = slots[hash & ((1 << SlotBits) - 1)];
        if (entry is not null && entry.Hash == hash && piece.SequenceEqual(entry.Piece))
        {
            tokens = entry.Tokens;
            return true;
        }

        tokens = [];
        return false;
    }

    /// <summary>Keeps the tokens of a piece.</summary>
    public void Put(ReadOnlySpan<char> piece, ulong hash, ReadOnlySpan<int> tokens) =>
        slots[hash & ((1 << SlotBits) - 1)] = new Entry(hash, piece.ToString(), tokens.ToArray());

    private sealed record Entry(ulong Hash, string Piece, int[] Tokens);
}
