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
    // The running sums of one dot product: lanes 0..15 and 16..31. Two, because one would wait for each addition before the next.
    private struct Lanes
    {
        private Vector512<float> low, high;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Vector512<float> lowWeights, Vector512<float> highWeights, float* values)
        {
            low = Vector512.FusedMultiplyAdd(lowWeights, Vector512.Load(values), low);
            high = Vector512.FusedMultiplyAdd(highWeights, Vector512.Load(values + Vectors.Lanes), high);
        }

        public float Finish(float* weights, float* values, int rest)
        {
            if (rest >= Vectors.Lanes)
            {
                low = Vector512.FusedMultiplyAdd(Vector512.Load(weights), Vector512.Load(values), low);
                rest -= Vectors.Lanes;
                if (rest > 0)
                    high = Partial(weights + Vectors.Lanes, values + Vectors.Lanes, rest, high);
            }
            else if (rest > 0)
            {
                low = Partial(weights, values, rest, low);
            }

            return Vectors.Sum(low + high);
        }

        private static Vector512<float> Partial(float* weights, float* values, int count, Vector512<float> sum) =>
            Vector512.FusedMultiplyAdd(Vectors.LoadFirst(weights, count), Vectors.LoadFirst(values, count), sum);
    }

    private const int Step = 2 * Vectors.Lanes;

    /// <summary>The sum of <c>weights[j] * values[j]</c>.</summary>
    public static float Of(float* weights, float* values, int length)
    {
        var lanes = default(Lanes);
        var j = 0;
        for (; j <= length - Step; j += Step)
            lanes.Add(Vector512.Load(weights + j), Vector512.Load(weights + j + Vectors.Lanes), values + j);
        return lanes.Finish(weights + j, values + j, length - j);
    }

    /// <summary>Four dot products with the same weights, which are read once.</summary>
    /// <param name="weights">(length)</param>
    /// <param name="values">(4, length), dense.</param>
    /// <param name="length">Elements of each product.</param>
    /// <param name="sums">Four results, <paramref name="stride"/> apart.</param>
    /// <param name="stride">Distance between results.</param>
    public static void OfFour(float* weights, float* values, int length, float* sums, nint stride)
    {
        float* values1 = values + length, values2 = values1 + length, values3 = values2 + length;
        Lanes lanes0 = default, lanes1 = default, lanes2 = default, lanes3 = default;
        var j = 0;
        for (; j <= length - Step; j += Step)
        {
            Vector512<float> low = Vector512.Load(weights + j), high = Vector512.Load(weights + j + Vectors.Lanes);
            lanes0.Add(low, high, values + j);
            lanes1.Add(low, high, values1 + j);
            lanes2.Add(low, high, values2 + j);
            lanes3.Add(low, high, values3 + j);
        }

        sums[0] = lanes0.Finish(weights + j, values + j, length - j);
        sums[stride] = lanes1.Finish(weights + j, values1 + j, length - j);
        sums[2 * stride] = lanes2.Finish(weights + j, values2 + j, length - j);
        sums[3 * stride] = lanes3.Finish(weights + j, values3 + j, length - j);
    }
}
