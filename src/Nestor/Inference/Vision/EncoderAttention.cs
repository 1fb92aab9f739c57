using Nestor.Inference.Kernels;

namespace Nestor.Inference.Vision;

/// <summary>Attention among the positions of one picture, each of which sees all, one head at a time.</summary>
/// <remarks>Scores are keys times queries, mixing is values times weights, both by the same kernel and both sums over ascending elements or positions.</remarks>
internal static unsafe class EncoderAttention
{
    /// <summary>Rows whose scores are held at once, so that they stay in the second-level cache: a multiple of the kernel's six.</summary>
    public const int RowsTogether = 96;

    /// <summary>Mixes the values of one head for some rows.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="query">(rows, stride), at the head's first element.</param>
    /// <param name="rows">Rows that ask: all positions, or those whose results are read.</param>
    /// <param name="key">(positions, stride), at the head's first element.</param>
    /// <param name="value">(positions, stride), at the head's first element.</param>
    /// <param name="positions">Positions of the picture.</param>
    /// <param name="headSize">Elements of the head.</param>
    /// <param name="stride">Floats from one row, or position, to the next; a multiple of 16.</param>
    /// <param name="mixed">(rows, stride), at the head's first element, receives the mixtures.</param>
    /// <param name="own">Buffers of the thread.</param>
    public static void Mix(
        AttentionKernel kernel, float* query, int rows, float* key, float* value, int positions, int headSize, int stride, float* mixed, EncoderMember own)
    {
        TransposeKeys(key, positions, headSize, stride, own);

        // Heads of whole vectors are read and written where they lie.
        var inPlace = headSize % Vectors.Lanes == 0;
        if (!inPlace)
            CopyRows(value, stride, own.Values, own.HeadStride, positions, headSize);
        var values = inPlace ? value : own.Values;
        var valueStride = inPlace ? stride : own.HeadStride;

        var scale = 1 / MathF.Sqrt(headSize);
        for (var first = 0; first < rows; first += RowsTogether)
        {
            var together = Math.Min(RowsTogether, rows - first);
            kernel.Multiply(own.Keys, own.PositionStride, own.PositionStride, headSize, query + (nint)first * stride, stride, together, own.Scores, own.PositionStride, add: false);
            for (var row = 0; row < together; row++)
                kernel.Softmax(own.Scores + (nint)row * own.PositionStride, positions, scale);
            var target = mixed + (nint)first * stride;
            if (inPlace)
            {
                kernel.Multiply(values, valueStride, headSize, positions, own.Scores, own.PositionStride, together, target, stride, add: false);
                continue;
            }

            kernel.Multiply(values, valueStride, own.HeadStride, positions, own.Scores, own.PositionStride, together, own.Mixture, own.HeadStride, add: false);
            CopyRows(own.Mixture, own.HeadStride, target, stride, together, headSize);
        }
    }

    // keys[element][position] = key[position][element]; what lies behind the last position stays zero.
    private static void TransposeKeys(float* key, int positions, int headSize, int stride, EncoderMember own)
    {
        for (var position = 0; position < positions; position++, key += stride)
        {
            var target = own.Keys + position;
            for (var element = 0; element < headSize; element++, target += own.PositionStride)
                *target = key[element];
        }
    }

    private static void CopyRows(float* from, nint fromStride, float* to, nint toStride, int rows, int count)
    {
        for (var row = 0; row < rows; row++, from += fromStride, to += toStride)
            new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));
    }
}
