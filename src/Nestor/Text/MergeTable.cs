using System.Numerics;

namespace Nestor.Text;

/// <summary>The rank of each mergeable pair of tokens and the token it makes: an open-addressing table, read-only once built.</summary>
internal sealed class MergeTable
{
    /// <summary>The rank of a pair that does not merge.</summary>
    public const int None = int.MaxValue;

    private const ulong Empty = ulong.MaxValue;
    private readonly (ulong Pair, int Rank)[] slots;
    private readonly int[] results;
    private readonly int shift;

    /// <summary>Builds the table from pairs in order of rank and the token each makes.</summary>
    /// <exception cref="NestorException">A pair appears twice.</exception>
    public MergeTable(ReadOnlySpan<(int Left, int Right)> pairs, int[] results)
    {
        this.results = results;
        var size = BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, pairs.Length * 2L));
        shift = 64 - BitOperations.Log2(size);
        slots = new (ulong, int)[size];
        Array.Fill(slots, (Empty, None));
        for (var rank = 0; rank < pairs.Length; rank++)
        {
            var pair = Key(pairs[rank].Left, pairs[rank].Right);
            ref var slot = ref Find(pair);
            if (slot.Pair == pair)
                throw new NestorException($"merge {rank} repeats merge {slot.Rank}");
            slot = (pair, rank);
        }
    }

    /// <summary>The rank of a pair, lowest merges first; <see cref="None"/> if the pair does not merge.</summary>
    public int Rank(int left, int right) => Find(Key(left, right)).Rank;

    /// <summary>The token that the merge of a rank makes.</summary>
    public int Result(int rank) => results[rank];

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private ref (ulong Pair, int Rank) Find(ulong pair)
    {
        var mask = slots.Length - 1;
        for (var i = (int)((pair * 0x9E3779B97F4A7C15) >> shift); ; i = (i + 1) & mask)
        {
            ref var slot = ref slots[i & mask];
            if (slot.Pair == pair || slot.Pair == Empty)
                return ref slot;
        }
    }
}
