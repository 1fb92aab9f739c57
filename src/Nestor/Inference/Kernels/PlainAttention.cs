using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>The specification of attention's products and weights.</summary>
internal sealed unsafe class PlainAttention : AttentionKernel
{
    public override string Name => "plain";

    public override void Multiply(
        float* panel, nint panelStride, int lanes, int columns, float* input, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        for (var row = 0; row < rows; row++, input += inputStride, output += outputStride)
        {
            for (var lane = 0; lane < lanes; lane++)
            {
                var y = add ? output[lane] : 0;
                for (nint column = 0; column < columns; column++)
                    y = MathF.FusedMultiplyAdd(panel[column * panelStride + lane], input[column], y);
                output[lane] = y;
            }
        }
    }

    public override void Softmax(float* scores, int count, float scale)
    {
        var whole = (int)Vectors.Count(count) * Vectors.Lanes;
        var max = float.NegativeInfinity;
        for (var i = 0; i < whole; i++)
        {
            scores[i] = i < count ? scores[i] * scale : float.NegativeInfinity; // weighs nothing
            max = MathF.Max(max, scores[i]);
        }

        var sums = stackalloc float[Vectors.Lanes];
        new Span<float>(sums, Vectors.Lanes).Clear();
        for (var i = 0; i < whole; i++)
            sums[i % Vectors.Lanes] += scores[i] = Exponential.Of(scores[i] - max);

        var share = 1 / Vectors.Sum(Vector512.Load(sums));
        for (var i = 0; i < whole; i++)
            scores[i] *= share;
    }
}
