using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference;

/// <summary>Dot products, the sum every matrix product and attention score is made of.</summary>
/// <remarks>
/// The order of the sum is part of the contract: element <c>j</c> is added by a fused multiply-add to lane <c>j mod 32</c>, and the
/// 32 lanes are summed in halves. It depends on nothing else, so one token alone equals the same token in a block, any split among
/// threads gives the same bits, and elements that are zero change nothing (a masked tail equals a slice).
/// </remarks>
internal static unsafe class DotProduct
{
    private const int Step = 2 * Vectors.Lanes;

    /// <summary>The sum of <c>weights[j] * values[j]</c>.</summary>
    public static float Of(float* weights, float* values, int length)
    {
        // Two running sums, because one would wait for each addition before the next.
        Vector512<float> low = default, high = default;
        var j = 0;
        for (; j <= length - Step; j += Step)
        {
            low = Vector512.FusedMultiplyAdd(Vector512.Load(weights + j), Vector512.Load(values + j), low);
            high = Vector512.FusedMultiplyAdd(Vector512.Load(weights + j + Vectors.Lanes), Vector512.Load(values + j + Vectors.Lanes), high);
        }

        return j == length ? Vectors.Sum(low + high) : Finish(low, high, weights + j, values + j, length - j);
    }

    /// <summary>Four dot products with the same weights, which are read once.</summary>
    /// <param name="weights">(length)</param>
    /// <param name="values">(4, length), dense.</param>
    /// <param name="length">Elements of each product.</param>
    /// <param name="sums">Four results, <paramref name="stride"/> apart.</param>
    /// <param name="stride">Distance between results.</param>
    [SkipLocalsInit]
    public static void OfFour(float* weights, float* values, int length, float* sums, nint stride)
    {
        var lanes = stackalloc Vector512<float>[8];
        var whole = length / Step * Step;
        AddFour(weights, values, length, whole, lanes);
        for (var i = 0; i < 4; i++, values += length)
        {
            sums[i * stride] = whole == length
                ? Vectors.Sum(lanes[2 * i] + lanes[2 * i + 1])
                : Finish(lanes[2 * i], lanes[2 * i + 1], weights + whole, values + whole, length - whole);
        }
    }

    // The loop alone: a call in the same method would make the compiler keep the sums in memory.
    private static void AddFour(float* weights, float* values, int length, int whole, Vector512<float>* lanes)
    {
        float* values1 = values + length, values2 = values1 + length, values3 = values2 + length;
        Vector512<float> low0 = default, low1 = default, low2 = default, low3 = default;
        Vector512<float> high0 = default, high1 = default, high2 = default, high3 = default;
        for (var j = 0; j < whole; j += Step)
        {
            var weight = Vector512.Load(weights + j);
            low0 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(values + j), low0);
            low1 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(values1 + j), low1);
            low2 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(values2 + j), low2);
            low3 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(values3 + j), low3);
            weight = Vector512.Load(weights + j + Vectors.Lanes);
            high0 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(values + j + Vectors.Lanes), high0);
            high1 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(values1 + j + Vectors.Lanes), high1);
            high2 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(values2 + j + Vectors.Lanes), high2);
            high3 = Vector512.FusedMultiplyAdd(weight, Vector512.Load(values3 + j + Vectors.Lanes), high3);
        }

        (lanes[0], lanes[1], lanes[2], lanes[3]) = (low0, high0, low1, high1);
        (lanes[4], lanes[5], lanes[6], lanes[7]) = (low2, high2, low3, high3);
    }

    // The last elements, fewer than 32, in the lanes where they belong; then the sum of the lanes.
    private static float Finish(Vector512<float> low, Vector512<float> high, float* weights, float* values, int rest)
    {
        if (rest < Vectors.Lanes)
            return Vectors.Sum(AddFirst(weights, values, rest, low) + high);
        low = Vector512.FusedMultiplyAdd(Vector512.Load(weights), Vector512.Load(values), low);
        return Vectors.Sum(low + AddFirst(weights + Vectors.Lanes, values + Vectors.Lanes, rest - Vectors.Lanes, high));
    }

    private static Vector512<float> AddFirst(float* weights, float* values, int count, Vector512<float> sum) =>
        Vector512.FusedMultiplyAdd(Vectors.LoadFirst(weights, count), Vectors.LoadFirst(values, count), sum);
}
