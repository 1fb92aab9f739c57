using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>The innermost loops of products with floats: the outputs of a few rows of activations stay in registers while the weights pass by.</summary>
/// <remarks>One method per number of rows, because only locals become registers. Lanes times rows must leave registers for one step of weights.</remarks>
internal static unsafe partial class RegisterTile
{
    /// <summary>Two rows.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void Two<T, TWeights>(
        in WeightStream weights, int lane, float* input, nint inputStride, float* output, nint outputStride)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        float* input1 = input + inputStride;
        float* output1 = output + outputStride;
        nint stride = weights.StepStride, advance = weights.Lines.Advance, ahead = weights.AheadOf(lane);
        T a = T.Load(output + lane), b = T.Load(output1 + lane);
        nint column = 0;
        var tile = weights.Start + lane * sizeof(float);
        for (var tiles = weights.Tiles; tiles > 0; tiles--, tile += weights.TileStride)
        {
            byte* step = tile, next = tile + ahead;
            for (var steps = weights.Steps; steps > 0; steps--, step += stride, next += advance, column += TWeights.Columns)
            {
                Prefetch.Lanes<T>(next);
                var weight = TWeights.First<T>(step);
                a = T.MultiplyAdd(weight, T.Create(input[column]), a);
                b = T.MultiplyAdd(weight, T.Create(input1[column]), b);
                if (TWeights.Columns > 1)
                {
                    weight = TWeights.Second<T>(step);
                    a = T.MultiplyAdd(weight, T.Create(input[column + 1]), a);
                    b = T.MultiplyAdd(weight, T.Create(input1[column + 1]), b);
                }
            }
        }

        T.Store(a, output + lane);
        T.Store(b, output1 + lane);
    }

    /// <summary>Two rows and twice as many outputs: sums of 16 would not keep both multipliers of 256 bits busy.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void TwoPair<T, TWeights>(
        in WeightStream weights, int lane, float* input, nint inputStride, float* output, nint outputStride)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        var bytes = T.Count * sizeof(float);
        float* input1 = input + inputStride, output1 = output + outputStride;
        nint stride = weights.StepStride, nextPart = weights.Lines.Second, advance = weights.Lines.Advance, ahead = weights.AheadOf(lane);
        float* upper = output + lane + T.Count, upper1 = output1 + lane + T.Count;
        T a = T.Load(output + lane), b = T.Load(output1 + lane);
        T c = T.Load(upper), d = T.Load(upper1);
        nint column = 0;
        var tile = weights.Start + lane * sizeof(float);
        for (var tiles = weights.Tiles; tiles > 0; tiles--, tile += weights.TileStride)
        {
            byte* step = tile, again = tile, next = tile + ahead;
            for (var steps = weights.Steps; steps > 0; steps--, step += stride, again += stride, next += advance, column += TWeights.Columns)
            {
                Prefetch.Lanes<T>(next);
                Prefetch.Lanes<T>(next + nextPart);
                T x = T.Create(input[column]), x1 = T.Create(input1[column]);
                T weight = TWeights.First<T>(step), upperWeight = TWeights.First<T>(step + bytes);
                a = T.MultiplyAdd(weight, x, a);
                b = T.MultiplyAdd(weight, x1, b);
                c = T.MultiplyAdd(upperWeight, x, c);
                d = T.MultiplyAdd(upperWeight, x1, d);
                if (TWeights.Columns > 1)
                {
                    (x, x1) = (T.Create(input[column + 1]), T.Create(input1[column + 1]));
                    (weight, upperWeight) = (TWeights.Second<T>(again), TWeights.Second<T>(again + bytes));
                    a = T.MultiplyAdd(weight, x, a);
                    b = T.MultiplyAdd(weight, x1, b);
                    c = T.MultiplyAdd(upperWeight, x, c);
                    d = T.MultiplyAdd(upperWeight, x1, d);
                }
            }
        }

        T.Store(a, output + lane);
        T.Store(b, output1 + lane);
        T.Store(c, upper);
        T.Store(d, upper1);
    }

    /// <summary>Three rows.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void Three<T, TWeights>(
        in WeightStream weights, int lane, float* input, nint inputStride, float* output, nint outputStride)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        float* input1 = input + inputStride, input2 = input1 + inputStride;
        float* output1 = output + outputStride, output2 = output1 + outputStride;
        nint stride = weights.StepStride, advance = weights.Lines.Advance, ahead = weights.AheadOf(lane);
        T a = T.Load(output + lane), b = T.Load(output1 + lane), c = T.Load(output2 + lane);
        nint column = 0;
        var tile = weights.Start + lane * sizeof(float);
        for (var tiles = weights.Tiles; tiles > 0; tiles--, tile += weights.TileStride)
        {
            byte* step = tile, next = tile + ahead;
            for (var steps = weights.Steps; steps > 0; steps--, step += stride, next += advance, column += TWeights.Columns)
            {
                Prefetch.Lanes<T>(next);
                var weight = TWeights.First<T>(step);
                a = T.MultiplyAdd(weight, T.Create(input[column]), a);
                b = T.MultiplyAdd(weight, T.Create(input1[column]), b);
                c = T.MultiplyAdd(weight, T.Create(input2[column]), c);
                if (TWeights.Columns > 1)
                {
                    weight = TWeights.Second<T>(step);
                    a = T.MultiplyAdd(weight, T.Create(input[column + 1]), a);
                    b = T.MultiplyAdd(weight, T.Create(input1[column + 1]), b);
                    c = T.MultiplyAdd(weight, T.Create(input2[column + 1]), c);
                }
            }
        }

        T.Store(a, output + lane);
        T.Store(b, output1 + lane);
        T.Store(c, output2 + lane);
    }

    /// <summary>Four rows.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void Four<T, TWeights>(
        in WeightStream weights, int lane, float* input, nint inputStride, float* output, nint outputStride)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        float* input1 = input + inputStride, input2 = input1 + inputStride, input3 = input2 + inputStride;
        float* output1 = output + outputStride, output2 = output1 + outputStride, output3 = output2 + outputStride;
        nint stride = weights.StepStride, advance = weights.Lines.Advance, ahead = weights.AheadOf(lane);
        T a = T.Load(output + lane), b = T.Load(output1 + lane), c = T.Load(output2 + lane);
        T d = T.Load(output3 + lane);
        nint column = 0;
        var tile = weights.Start + lane * sizeof(float);
        for (var tiles = weights.Tiles; tiles > 0; tiles--, tile += weights.TileStride)
        {
            byte* step = tile, next = tile + ahead;
            for (var steps = weights.Steps; steps > 0; steps--, step += stride, next += advance, column += TWeights.Columns)
            {
                Prefetch.Lanes<T>(next);
                var weight = TWeights.First<T>(step);
                a = T.MultiplyAdd(weight, T.Create(input[column]), a);
                b = T.MultiplyAdd(weight, T.Create(input1[column]), b);
                c = T.MultiplyAdd(weight, T.Create(input2[column]), c);
                d = T.MultiplyAdd(weight, T.Create(input3[column]), d);
                if (TWeights.Columns > 1)
                {
                    weight = TWeights.Second<T>(step);
                    a = T.MultiplyAdd(weight, T.Create(input[column + 1]), a);
                    b = T.MultiplyAdd(weight, T.Create(input1[column + 1]), b);
                    c = T.MultiplyAdd(weight, T.Create(input2[column + 1]), c);
                    d = T.MultiplyAdd(weight, T.Create(input3[column + 1]), d);
                }
            }
        }

        T.Store(a, output + lane);
        T.Store(b, output1 + lane);
        T.Store(c, output2 + lane);
        T.Store(d, output3 + lane);
    }

    /// <summary>Five rows.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void Five<T, TWeights>(
        in WeightStream weights, int lane, float* input, nint inputStride, float* output, nint outputStride)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        float* input1 = input + inputStride, input2 = input1 + inputStride, input3 = input2 + inputStride, input4 = input3 + inputStride;
        float* output1 = output + outputStride, output2 = output1 + outputStride, output3 = output2 + outputStride, output4 = output3 + outputStride;
        nint stride = weights.StepStride, advance = weights.Lines.Advance, ahead = weights.AheadOf(lane);
        T a = T.Load(output + lane), b = T.Load(output1 + lane), c = T.Load(output2 + lane);
        T d = T.Load(output3 + lane), e = T.Load(output4 + lane);
        nint column = 0;
        var tile = weights.Start + lane * sizeof(float);
        for (var tiles = weights.Tiles; tiles > 0; tiles--, tile += weights.TileStride)
        {
            byte* step = tile, next = tile + ahead;
            for (var steps = weights.Steps; steps > 0; steps--, step += stride, next += advance, column += TWeights.Columns)
            {
                Prefetch.Lanes<T>(next);
                var weight = TWeights.First<T>(step);
                a = T.MultiplyAdd(weight, T.Create(input[column]), a);
                b = T.MultiplyAdd(weight, T.Create(input1[column]), b);
                c = T.MultiplyAdd(weight, T.Create(input2[column]), c);
                d = T.MultiplyAdd(weight, T.Create(input3[column]), d);
                e = T.MultiplyAdd(weight, T.Create(input4[column]), e);
                if (TWeights.Columns > 1)
                {
                    weight = TWeights.Second<T>(step);
                    a = T.MultiplyAdd(weight, T.Create(input[column + 1]), a);
                    b = T.MultiplyAdd(weight, T.Create(input1[column + 1]), b);
                    c = T.MultiplyAdd(weight, T.Create(input2[column + 1]), c);
                    d = T.MultiplyAdd(weight, T.Create(input3[column + 1]), d);
                    e = T.MultiplyAdd(weight, T.Create(input4[column + 1]), e);
                }
            }
        }

        T.Store(a, output + lane);
        T.Store(b, output1 + lane);
        T.Store(c, output2 + lane);
        T.Store(d, output3 + lane);
        T.Store(e, output4 + lane);
    }

    /// <summary>Six rows.</summary>
    /// <remarks>
    /// Two columns at a time, of one step or of two. The second one is read through a second pointer: through the same one the compiler
    /// would keep it in registers, which are all taken.
    /// </remarks>
    [MethodImpl(InnerLoop.Options)]
    public static void Six<T, TWeights>(
        in WeightStream weights, int lane, float* input, nint inputStride, float* output, nint outputStride)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        float* input1 = input + inputStride, input2 = input1 + inputStride;
        float* input3 = input2 + inputStride, input4 = input3 + inputStride, input5 = input4 + inputStride;
        float* output1 = output + outputStride, output2 = output1 + outputStride;
        float* output3 = output2 + outputStride, output4 = output3 + outputStride, output5 = output4 + outputStride;
        int pairs = weights.Steps * TWeights.Columns / 2, single = weights.Steps * TWeights.Columns % 2;
        nint steps = 2 / TWeights.Columns, stride = weights.StepStride * steps, advance = weights.Lines.Advance, ahead = weights.AheadOf(lane);
        T a = T.Load(output + lane), b = T.Load(output1 + lane), c = T.Load(output2 + lane);
        T d = T.Load(output3 + lane), e = T.Load(output4 + lane), f = T.Load(output5 + lane);
        nint column = 0;
        var tile = weights.Start + lane * sizeof(float);
        for (var tiles = weights.Tiles; tiles > 0; tiles--, tile += weights.TileStride)
        {
            byte* step = tile, second = TWeights.Columns > 1 ? tile : tile + weights.StepStride, next = tile + ahead;
            for (var left = pairs; left > 0; left--, step += stride, second += stride, next += steps * advance, column += 2)
            {
                Prefetch.Lanes<T>(next);
                if (TWeights.Columns == 1)
                    Prefetch.Lanes<T>(next + advance);
                var weight = TWeights.First<T>(step);
                a = T.MultiplyAdd(weight, T.Create(input[column]), a);
                b = T.MultiplyAdd(weight, T.Create(input1[column]), b);
                c = T.MultiplyAdd(weight, T.Create(input2[column]), c);
                d = T.MultiplyAdd(weight, T.Create(input3[column]), d);
                e = T.MultiplyAdd(weight, T.Create(input4[column]), e);
                f = T.MultiplyAdd(weight, T.Create(input5[column]), f);
                weight = TWeights.Columns > 1 ? TWeights.Second<T>(second) : TWeights.First<T>(second);
                a = T.MultiplyAdd(weight, T.Create(input[column + 1]), a);
                b = T.MultiplyAdd(weight, T.Create(input1[column + 1]), b);
                c = T.MultiplyAdd(weight, T.Create(input2[column + 1]), c);
                d = T.MultiplyAdd(weight, T.Create(input3[column + 1]), d);
                e = T.MultiplyAdd(weight, T.Create(input4[column + 1]), e);
                f = T.MultiplyAdd(weight, T.Create(input5[column + 1]), f);
            }

            if (single > 0)
            {
                var weight = TWeights.First<T>(step);
                a = T.MultiplyAdd(weight, T.Create(input[column]), a);
                b = T.MultiplyAdd(weight, T.Create(input1[column]), b);
                c = T.MultiplyAdd(weight, T.Create(input2[column]), c);
                d = T.MultiplyAdd(weight, T.Create(input3[column]), d);
                e = T.MultiplyAdd(weight, T.Create(input4[column]), e);
                f = T.MultiplyAdd(weight, T.Create(input5[column]), f);
                column++;
            }
        }

        T.Store(a, output + lane);
        T.Store(b, output1 + lane);
        T.Store(c, output2 + lane);
        T.Store(d, output3 + lane);
        T.Store(e, output4 + lane);
        T.Store(f, output5 + lane);
    }
}
