namespace Nestor.Retrieval.Kernels;

/// <summary>The specification: one number at a time.</summary>
internal sealed unsafe class PlainScores() : ScoreKernel("plain")
{
    /// <inheritdoc/>
    public override void Multiply(float* rows, nint stride, int count, float* query, int steps, float* scores)
    {
        Span<float> lanes = stackalloc float[Lanes];
        for (var row = 0; row < count; row++, rows += stride)
        {
            lanes.Clear();
            for (var i = 0; i < steps * Lanes; i++)
                lanes[i % Lanes] = MathF.FusedMultiplyAdd(rows[i], query[i], lanes[i % Lanes]);
            for (var half = Lanes / 2; half > 0; half /= 2)
            {
                for (var i = 0; i < half; i++)
                    lanes[i] += lanes[i + half];
            }

            scores[row] = lanes[0];
        }
    }
}
