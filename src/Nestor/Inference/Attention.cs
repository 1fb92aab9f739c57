using System.Buffers;
using System.Runtime.Intrinsics;

namespace Nestor.Inference;

/// <summary>Causal grouped-query attention over cached keys and values (Ainslie et al. 2023).</summary>
internal static unsafe class Attention
{
    /// <summary>Mixes, for each token and head, the values of all positions up to the token's own.</summary>
    /// <param name="query">(tokens, heads, headSize), already rotated.</param>
    /// <param name="keys">(positions, keyValueHeads, headSize), the tokens' own included.</param>
    /// <param name="values">(positions, keyValueHeads, headSize)</param>
    /// <param name="position">Position of the first token.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="keyValueHeads">Key and value heads; query head <c>h</c> reads head <c>h * keyValueHeads / heads</c>.</param>
    /// <param name="headSize">Size of one head.</param>
    /// <param name="output">(tokens, heads, headSize)</param>
    /// <param name="work">Splits tokens and heads.</param>
    public static void Apply(
        float* query, float* keys, float* values, int position, int tokens, int heads, int keyValueHeads, int headSize, float* output, WorkSplit work) =>
        work.Run((long)tokens * heads, 2L * (position + tokens) * headSize, (first, end) =>
        {
            var buffer = ArrayPool<float>.Shared.Rent((int)Vectors.Count(position + tokens) * Vectors.Lanes);
            fixed (float* scores = buffer)
            {
                for (var item = first; item < end; item++)
                {
                    int token = item / heads, head = item % heads, offset = head / (heads / keyValueHeads) * headSize;
                    Head(
                        query + (nint)item * headSize, keys + offset, values + offset, position + token + 1, headSize,
                        stride: keyValueHeads * headSize, scores, output + (nint)item * headSize);
                }
            }

            ArrayPool<float>.Shared.Return(buffer);
        });

    // One head of one token: scores = softmax(query · keys / sqrt(headSize)), output = scores · values.
    private static void Head(float* query, float* keys, float* values, int positions, int headSize, int stride, float* scores, float* output)
    {
        var scale = 1 / MathF.Sqrt(headSize);
        for (var position = 0; position < positions; position++)
            scores[position] = DotProduct.Of(query, keys + (nint)position * stride, headSize) * scale;

        Softmax.InPlace(scores, positions);

        new Span<float>(output, headSize).Clear();
        for (var position = 0; position < positions; position++)
            AddScaled(output, scores[position], values + (nint)position * stride, headSize);
    }

    private static void AddScaled(float* output, float weight, float* values, int size)
    {
        var weights = Vector512.Create(weight);
        var i = 0;
        for (; i <= size - Vectors.Lanes; i += Vectors.Lanes)
            Vector512.FusedMultiplyAdd(weights, Vector512.Load(values + i), Vector512.Load(output + i)).Store(output + i);
        for (; i < size; i++)
            output[i] = MathF.FusedMultiplyAdd(weight, values[i], output[i]);
    }
}
