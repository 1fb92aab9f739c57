using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference;

/// <summary>The order of tokens by their scores: most probable first; of equal scores, the earlier token first.</summary>
/// <remarks>A rank holds score and token in one number, the smaller the better, so that ordering tokens is ordering numbers.</remarks>
internal sealed class RankedTokens
{
    private const uint Sign = 0x8000_0000;

    // The worst of the best so far comes out first.
    private readonly PriorityQueue<ulong, ulong> best = new();

    private ulong[] ranks = [];

    /// <summary>Finds the most probable tokens.</summary>
    /// <param name="scores">(vocabulary)</param>
    /// <param name="tokens">As many as are wanted, at most the vocabulary; receives them in their order.</param>
    public void Best(ReadOnlySpan<float> scores, Span<int> tokens)
    {
        for (var token = 0; token < tokens.Length; token++)
            Add(scores, token);

        // Most tokens cost a share of one comparison: a later token of the worst score would not take its place.
        var worst = scores[Token(best.Peek())];
        for (var first = tokens.Length; first < scores.Length; first += Vectors.Lanes)
        {
            for (var better = Above(scores[first..], worst); better != 0; better &= better - 1)
            {
                var token = first + BitOperations.TrailingZeroCount(better);
                if (!(scores[token] > worst))
                    continue;
                Add(scores, token);
                best.Dequeue();
                worst = scores[Token(best.Peek())];
            }
        }

        for (var i = tokens.Length - 1; i >= 0; i--)
            tokens[i] = Token(best.Dequeue());
    }

    /// <summary>Puts tokens into their order, and their weights with them.</summary>
    /// <param name="scores">(vocabulary)</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="weights">A number of each.</param>
    public void Sort(ReadOnlySpan<float> scores, Span<int> tokens, Span<double> weights)
    {
        if (ranks.Length < tokens.Length)
            ranks = new ulong[BitOperations.RoundUpToPowerOf2((uint)tokens.Length)];
        var sorted = ranks.AsSpan(0, tokens.Length);
        for (var i = 0; i < tokens.Length; i++)
            sorted[i] = Rank(scores, tokens[i]);
        sorted.Sort(weights);
        for (var i = 0; i < tokens.Length; i++)
            tokens[i] = Token(sorted[i]);
    }

    private void Add(ReadOnlySpan<float> scores, int token)
    {
        var rank = Rank(scores, token);
        best.Enqueue(rank, ~rank);
    }

    // Which of the first 16 scores are above one.
    private static ulong Above(ReadOnlySpan<float> scores, float score)
    {
        if (scores.Length >= Vectors.Lanes)
            return Vector512.GreaterThan(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(scores)), Vector512.Create(score)).ExtractMostSignificantBits();
        var above = 0ul;
        for (var i = 0; i < scores.Length; i++)
            above |= scores[i] > score ? 1ul << i : 0;
        return above;
    }

    // Floats are ordered as their bits are, the negative ones backwards; adding 0 makes one zero of two.
    private static ulong Rank(ReadOnlySpan<float> scores, int token)
    {
        var bits = BitConverter.SingleToUInt32Bits(scores[token] + 0f);
        var descending = (bits & Sign) == 0 ? ~(bits | Sign) : bits;
        return ((ulong)descending << 32) | (uint)token;
    }

    private static int Token(ulong rank) => (int)(uint)rank;
}
