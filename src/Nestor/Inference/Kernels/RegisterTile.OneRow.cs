using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>One row, which uses each weight once.</summary>
internal static unsafe partial class RegisterTile
{
    /// <summary>One row: <c>output[lane] += sum over columns of weight * input[column]</c>.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void One<T, TWeights>(in WeightStream weights, int lane, float* input, float* output)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        output += lane;
        var a = T.Load(output);
        var tile = weights.Start + lane * sizeof(float);
        nint stride = weights.StepStride, ahead = weights.AheadOf(lane), advance = weights.Lines.Advance;
        for (var tiles = weights.Tiles; tiles > 0; tiles--, tile += weights.TileStride)
        {
            byte* step = tile, next = tile + ahead;
            for (var steps = weights.Steps; steps > 0; steps--, step += stride, next += advance, input += TWeights.Columns)
            {
                Prefetch.Lanes<T>(next);
                a = T.MultiplyAdd(TWeights.First<T>(step), T.Create(input[0]), a);
                if (TWeights.Columns > 1)
                    a = T.MultiplyAdd(TWeights.Second<T>(step), T.Create(input[1]), a);
            }
        }

        T.Store(a, output);
    }

    /// <summary>One row and four times as many outputs.</summary>
    /// <remarks>Not the lanes of a <see cref="Quad{T}"/>: all weights of a step at once would take more than 16 registers.</remarks>
    [MethodImpl(InnerLoop.Options)]
    public static void OneQuad<T, TWeights>(in WeightStream weights, int lane, float* input, float* output)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        var bytes = T.Count * sizeof(float);
        output += lane;
        float* output1 = output + T.Count, output2 = output1 + T.Count, output3 = output2 + T.Count;
        T a = T.Load(output), b = T.Load(output1), c = T.Load(output2), d = T.Load(output3);
        var tile = weights.Start + lane * sizeof(float);
        nint stride = weights.StepStride, ahead = weights.AheadOf(lane);
        var far = weights.AsksFar;
        nint second = weights.Lines.Second, third = weights.Lines.Third, fourth = weights.Lines.Fourth, advance = weights.Lines.Advance;
        for (var tiles = weights.Tiles; tiles > 0; tiles--, tile += weights.TileStride)
        {
            byte* step = tile, again = tile, next = tile + ahead;
            for (var steps = weights.Steps; steps > 0; steps--, step += stride, again += stride, next += advance, input += TWeights.Columns)
            {
                Prefetch.Lines(next, second, third, fourth);
                if (far)
                    Prefetch.Far(step);
                var x = T.Create(input[0]);
                a = T.MultiplyAdd(TWeights.First<T>(step), x, a);
                b = T.MultiplyAdd(TWeights.First<T>(step + bytes), x, b);
                c = T.MultiplyAdd(TWeights.First<T>(step + 2 * bytes), x, c);
                d = T.MultiplyAdd(TWeights.First<T>(step + 3 * bytes), x, d);
                if (TWeights.Columns > 1)
                {
                    x = T.Create(input[1]);
                    a = T.MultiplyAdd(TWeights.Second<T>(again), x, a);
                    b = T.MultiplyAdd(TWeights.Second<T>(again + bytes), x, b);
                    c = T.MultiplyAdd(TWeights.Second<T>(again + 2 * bytes), x, c);
                    d = T.MultiplyAdd(TWeights.Second<T>(again + 3 * bytes), x, d);
                }
            }
        }

        T.Store(a, output);
        T.Store(b, output1);
        T.Store(c, output2);
        T.Store(d, output3);
    }
}
