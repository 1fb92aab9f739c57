using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference;

/// <summary>What the scores of all tokens say at a glance.</summary>
internal static class Scores
{
    /// <summary>The token with the largest score; of equal ones, the first.</summary>
    /// <param name="logits">(vocabulary)</param>
    /// <exception cref="NestorException">A score is not a number or positive infinity, or no token is possible.</exception>
    public static int MostProbable(ReadOnlySpan<float> logits)
    {
        var vectors = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        var rest = logits[(vectors.Length * Vectors.Lanes)..];
        var largest = Vector512.Create(float.NegativeInfinity);
        foreach (var vector in vectors)
            largest = Vector512.Max(largest, vector); // not a number once one of them is not
        var max = float.NegativeInfinity;
        for (var lane = 0; lane < Vectors.Lanes; lane++)
            max = MathF.Max(max, largest[lane]);
        foreach (var score in rest)
            max = MathF.Max(max, score);

        if (float.IsNaN(max) || float.IsPositiveInfinity(max))
            throw Damaged(logits);
        if (float.IsNegativeInfinity(max))
            throw new NestorException($"None of the {logits.Length} tokens has a score above negative infinity; leave at least one possible.");

        var wanted = Vector512.Create(max);
        for (var i = 0; i < vectors.Length; i++)
        {
            var found = Vector512.Equals(vectors[i], wanted).ExtractMostSignificantBits();
            if (found != 0)
                return i * Vectors.Lanes + System.Numerics.BitOperations.TrailingZeroCount(found);
        }

        var token = vectors.Length * Vectors.Lanes;
        while (logits[token] != max)
            token++;
        return token;
    }

    /// <summary>The probability of the most probable token, at temperature 1 and with every token possible.</summary>
    /// <param name="logits">(vocabulary) scores of which the largest is finite.</param>
    public static double LargestProbability(ReadOnlySpan<float> logits)
    {
        var max = logits[MostProbable(logits)];
        var vectors = MemoryMarshal.Cast<float, Vector512<float>>(logits);
        var sums = Vector512<float>.Zero;
        foreach (var vector in vectors)
            sums += Vector512.Exp(vector - Vector512.Create(max));
        double sum = Vectors.Sum(sums);
        foreach (var score in logits[(vectors.Length * Vectors.Lanes)..])
            sum += Math.Exp(score - max);
        return 1 / sum;
    }

    private static NestorException Damaged(ReadOnlySpan<float> logits)
    {
        var token = 0;
        while (float.IsFinite(logits[token]) || float.IsNegativeInfinity(logits[token]))
            token++;
        return new NestorException($"The score of token {token} is {logits[token]}; the model's weights are damaged, or it computes with numbers too large for it.");
    }
}
