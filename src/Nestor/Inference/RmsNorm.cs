using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Nestor.Inference.Kernels;

namespace Nestor.Inference;

/// <summary>Root-mean-square normalisation (Zhang and Sennrich 2019): <c>y = x / sqrt(mean(x²) + epsilon) ⊙ weight</c>.</summary>
internal static unsafe class RmsNorm
{
    /// <summary>Normalises each token vector.</summary>
    /// <param name="input">(tokens, size)</param>
    /// <param name="tokens">Number of token vectors.</param>
    /// <param name="weight">(size)</param>
    /// <param name="size">Length of a vector.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="output">(tokens, size); may be the input.</param>
    [MethodImpl(InnerLoop.Options)]
    public static void Apply(float* input, int tokens, float* weight, int size, float epsilon, float* output)
    {
        for (var token = 0; token < tokens; token++, input += size, output += size)
        {
            var scale = (float)(1 / Math.Sqrt(SumOfSquares(input, size) / size + epsilon));
            var factor = Vector512.Create(scale);
            var i = 0;
            for (; i <= size - Vectors.Lanes; i += Vectors.Lanes)
                (Vector512.Load(input + i) * factor * Vector512.Load(weight + i)).Store(output + i);
            for (; i < size; i++)
                output[i] = input[i] * scale * weight[i];
        }
    }

    // In double precision, so that no finite vector overflows to a silent zero.
    [MethodImpl(InnerLoop.Options)]
    private static double SumOfSquares(float* input, int size)
    {
        Vector512<double> low = default, high = default;
        var i = 0;
        for (; i <= size - Vectors.Lanes; i += Vectors.Lanes)
        {
            var (a, b) = Vector512.Widen(Vector512.Load(input + i));
            low += a * a;
            high += b * b;
        }

        var sum = Vectors.Sum(low + high);
        for (; i < size; i++)
            sum += (double)input[i] * input[i];
        return sum;
    }
}
