using System.Runtime.Intrinsics;

namespace Nestor.Inference;

/// <summary>Scores to weights: <c>exp(s_i - max) / sum_j exp(s_j - max)</c>.</summary>
internal static unsafe class Softmax
{
    /// <summary>Replaces scores by weights that sum to 1; a score that is not a number makes every weight so.</summary>
    /// <param name="scores">(count), in a buffer that holds whole vectors; what lies behind the scores in the last vector is overwritten.</param>
    /// <param name="count">Number of scores, at least 1.</param>
    public static void InPlace(float* scores, int count)
    {
        var vectors = Vectors.Count(count);
        for (long i = count; i < vectors * Vectors.Lanes; i++)
            scores[i] = float.NegativeInfinity; // weighs nothing

        var largest = Vector512.Load(scores);
        for (long i = 1; i < vectors; i++)
            largest = Vector512.Max(largest, Vector512.Load(scores + i * Vectors.Lanes));
        var max = float.NegativeInfinity;
        for (var lane = 0; lane < Vectors.Lanes; lane++)
            max = MathF.Max(max, largest[lane]);

        var sum = Vector512<float>.Zero;
        for (long i = 0; i < vectors; i++)
        {
            var weight = Vector512.Exp(Vector512.Load(scores + i * Vectors.Lanes) - Vector512.Create(max));
            weight.Store(scores + i * Vectors.Lanes);
            sum += weight;
        }

        var share = Vector512.Create(1 / Vectors.Sum(sum));
        for (long i = 0; i < vectors; i++)
            (Vector512.Load(scores + i * Vectors.Lanes) * share).Store(scores + i * Vectors.Lanes);
    }
}
