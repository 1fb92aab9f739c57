using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>The innermost loops of products with quantised weights: the integer sums of one tile stay in registers while its weights pass by.</summary>
/// <remarks>
/// One method per number of rows, because only locals become registers. A step is read through a second pointer for its second part: through the
/// same one the compiler would keep it in registers, which are all taken.
/// </remarks>
internal static unsafe partial class QuantizedRegisterTile
{
    private const int StepBytes = Tile.Rows * 4;

    /// <summary>Two rows.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void Two<T, TDots>(byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, float* output, nint outputStride)
        where T : struct, IIntegerLanes<T>
        where TDots : struct, IDots
    {
        nint words = TDots.Steps * TDots.Parts;
        for (var lane = 0; lane < Tile.Rows; lane += T.Count)
        {
            byte* tile = tiles + lane * 4, scales = tiles + TDots.Steps * StepBytes + lane * sizeof(ushort);
            float* input = inputs, outputs = output + lane;
            for (var left = count; left > 0; left--, tile += tileStride, scales += tileStride, input += words + 2)
            {
                float* input1 = input + inputStride;
                var a = T.Create(input[words]);
                var b = T.Create(input1[words]);
                byte* step = tile, again = tile;
                for (nint word = 0; word < words; word += TDots.Parts, step += StepBytes, again += StepBytes)
                {
                    var weights = TDots.First<T>(step);
                    a = TDots.Add(weights, T.Create(input[word]), a);
                    b = TDots.Add(weights, T.Create(input1[word]), b);
                    if (TDots.Parts > 1)
                    {
                        weights = TDots.Second<T>(again);
                        a = TDots.Add(weights, T.Create(input[word + 1]), a);
                        b = TDots.Add(weights, T.Create(input1[word + 1]), b);
                    }
                }

                var scale = T.LoadBrainFloats(scales);
                T.AddScaled(TDots.Finish(a), scale, input[words + 1], outputs);
                T.AddScaled(TDots.Finish(b), scale, input1[words + 1], outputs + outputStride);
            }
        }
    }

    /// <summary>Three rows.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void Three<T, TDots>(byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, float* output, nint outputStride)
        where T : struct, IIntegerLanes<T>
        where TDots : struct, IDots
    {
        nint words = TDots.Steps * TDots.Parts;
        for (var lane = 0; lane < Tile.Rows; lane += T.Count)
        {
            byte* tile = tiles + lane * 4, scales = tiles + TDots.Steps * StepBytes + lane * sizeof(ushort);
            float* input = inputs, outputs = output + lane;
            for (var left = count; left > 0; left--, tile += tileStride, scales += tileStride, input += words + 2)
            {
                float* input1 = input + inputStride, input2 = input1 + inputStride;
                var a = T.Create(input[words]);
                var b = T.Create(input1[words]);
                var c = T.Create(input2[words]);
                byte* step = tile, again = tile;
                for (nint word = 0; word < words; word += TDots.Parts, step += StepBytes, again += StepBytes)
                {
                    var weights = TDots.First<T>(step);
                    a = TDots.Add(weights, T.Create(input[word]), a);
                    b = TDots.Add(weights, T.Create(input1[word]), b);
                    c = TDots.Add(weights, T.Create(input2[word]), c);
                    if (TDots.Parts > 1)
                    {
                        weights = TDots.Second<T>(again);
                        a = TDots.Add(weights, T.Create(input[word + 1]), a);
                        b = TDots.Add(weights, T.Create(input1[word + 1]), b);
                        c = TDots.Add(weights, T.Create(input2[word + 1]), c);
                    }
                }

                var scale = T.LoadBrainFloats(scales);
                T.AddScaled(TDots.Finish(a), scale, input[words + 1], outputs);
                T.AddScaled(TDots.Finish(b), scale, input1[words + 1], outputs + outputStride);
                T.AddScaled(TDots.Finish(c), scale, input2[words + 1], outputs + 2 * outputStride);
            }
        }
    }

    /// <summary>Four rows.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void Four<T, TDots>(byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, float* output, nint outputStride)
        where T : struct, IIntegerLanes<T>
        where TDots : struct, IDots
    {
        nint words = TDots.Steps * TDots.Parts;
        for (var lane = 0; lane < Tile.Rows; lane += T.Count)
        {
            byte* tile = tiles + lane * 4, scales = tiles + TDots.Steps * StepBytes + lane * sizeof(ushort);
            float* input = inputs, outputs = output + lane;
            for (var left = count; left > 0; left--, tile += tileStride, scales += tileStride, input += words + 2)
            {
                float* input1 = input + inputStride, input2 = input1 + inputStride, input3 = input2 + inputStride;
                var a = T.Create(input[words]);
                var b = T.Create(input1[words]);
                var c = T.Create(input2[words]);
                var d = T.Create(input3[words]);
                byte* step = tile, again = tile;
                for (nint word = 0; word < words; word += TDots.Parts, step += StepBytes, again += StepBytes)
                {
                    var weights = TDots.First<T>(step);
                    a = TDots.Add(weights, T.Create(input[word]), a);
                    b = TDots.Add(weights, T.Create(input1[word]), b);
                    c = TDots.Add(weights, T.Create(input2[word]), c);
                    d = TDots.Add(weights, T.Create(input3[word]), d);
                    if (TDots.Parts > 1)
                    {
                        weights = TDots.Second<T>(again);
                        a = TDots.Add(weights, T.Create(input[word + 1]), a);
                        b = TDots.Add(weights, T.Create(input1[word + 1]), b);
                        c = TDots.Add(weights, T.Create(input2[word + 1]), c);
                        d = TDots.Add(weights, T.Create(input3[word + 1]), d);
                    }
                }

                var scale = T.LoadBrainFloats(scales);
                T.AddScaled(TDots.Finish(a), scale, input[words + 1], outputs);
                T.AddScaled(TDots.Finish(b), scale, input1[words + 1], outputs + outputStride);
                T.AddScaled(TDots.Finish(c), scale, input2[words + 1], outputs + 2 * outputStride);
                T.AddScaled(TDots.Finish(d), scale, input3[words + 1], outputs + 3 * outputStride);
            }
        }
    }

    /// <summary>Five rows.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void Five<T, TDots>(byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, float* output, nint outputStride)
        where T : struct, IIntegerLanes<T>
        where TDots : struct, IDots
    {
        nint words = TDots.Steps * TDots.Parts;
        for (var lane = 0; lane < Tile.Rows; lane += T.Count)
        {
            byte* tile = tiles + lane * 4, scales = tiles + TDots.Steps * StepBytes + lane * sizeof(ushort);
            float* input = inputs, outputs = output + lane;
            for (var left = count; left > 0; left--, tile += tileStride, scales += tileStride, input += words + 2)
            {
                float* input1 = input + inputStride, input2 = input1 + inputStride, input3 = input2 + inputStride;
                float* input4 = input3 + inputStride;
                var a = T.Create(input[words]);
                var b = T.Create(input1[words]);
                var c = T.Create(input2[words]);
                var d = T.Create(input3[words]);
                var e = T.Create(input4[words]);
                byte* step = tile, again = tile;
                for (nint word = 0; word < words; word += TDots.Parts, step += StepBytes, again += StepBytes)
                {
                    var weights = TDots.First<T>(step);
                    a = TDots.Add(weights, T.Create(input[word]), a);
                    b = TDots.Add(weights, T.Create(input1[word]), b);
                    c = TDots.Add(weights, T.Create(input2[word]), c);
                    d = TDots.Add(weights, T.Create(input3[word]), d);
                    e = TDots.Add(weights, T.Create(input4[word]), e);
                    if (TDots.Parts > 1)
                    {
                        weights = TDots.Second<T>(again);
                        a = TDots.Add(weights, T.Create(input[word + 1]), a);
                        b = TDots.Add(weights, T.Create(input1[word + 1]), b);
                        c = TDots.Add(weights, T.Create(input2[word + 1]), c);
                        d = TDots.Add(weights, T.Create(input3[word + 1]), d);
                        e = TDots.Add(weights, T.Create(input4[word + 1]), e);
                    }
                }

                var scale = T.LoadBrainFloats(scales);
                T.AddScaled(TDots.Finish(a), scale, input[words + 1], outputs);
                T.AddScaled(TDots.Finish(b), scale, input1[words + 1], outputs + outputStride);
                T.AddScaled(TDots.Finish(c), scale, input2[words + 1], outputs + 2 * outputStride);
                T.AddScaled(TDots.Finish(d), scale, input3[words + 1], outputs + 3 * outputStride);
                T.AddScaled(TDots.Finish(e), scale, input4[words + 1], outputs + 4 * outputStride);
            }
        }
    }

    /// <summary>Six rows.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void Six<T, TDots>(byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, float* output, nint outputStride)
        where T : struct, IIntegerLanes<T>
        where TDots : struct, IDots
    {
        nint words = TDots.Steps * TDots.Parts;
        for (var lane = 0; lane < Tile.Rows; lane += T.Count)
        {
            byte* tile = tiles + lane * 4, scales = tiles + TDots.Steps * StepBytes + lane * sizeof(ushort);
            float* input = inputs, outputs = output + lane;
            for (var left = count; left > 0; left--, tile += tileStride, scales += tileStride, input += words + 2)
            {
                float* input1 = input + inputStride, input2 = input1 + inputStride, input3 = input2 + inputStride;
                float* input4 = input3 + inputStride, input5 = input4 + inputStride;
                var a = T.Create(input[words]);
                var b = T.Create(input1[words]);
                var c = T.Create(input2[words]);
                var d = T.Create(input3[words]);
                var e = T.Create(input4[words]);
                var f = T.Create(input5[words]);
                byte* step = tile, again = tile;
                for (nint word = 0; word < words; word += TDots.Parts, step += StepBytes, again += StepBytes)
                {
                    var weights = TDots.First<T>(step);
                    a = TDots.Add(weights, T.Create(input[word]), a);
                    b = TDots.Add(weights, T.Create(input1[word]), b);
                    c = TDots.Add(weights, T.Create(input2[word]), c);
                    d = TDots.Add(weights, T.Create(input3[word]), d);
                    e = TDots.Add(weights, T.Create(input4[word]), e);
                    f = TDots.Add(weights, T.Create(input5[word]), f);
                    if (TDots.Parts > 1)
                    {
                        weights = TDots.Second<T>(again);
                        a = TDots.Add(weights, T.Create(input[word + 1]), a);
                        b = TDots.Add(weights, T.Create(input1[word + 1]), b);
                        c = TDots.Add(weights, T.Create(input2[word + 1]), c);
                        d = TDots.Add(weights, T.Create(input3[word + 1]), d);
                        e = TDots.Add(weights, T.Create(input4[word + 1]), e);
                        f = TDots.Add(weights, T.Create(input5[word + 1]), f);
                    }
                }

                var scale = T.LoadBrainFloats(scales);
                T.AddScaled(TDots.Finish(a), scale, input[words + 1], outputs);
                T.AddScaled(TDots.Finish(b), scale, input1[words + 1], outputs + outputStride);
                T.AddScaled(TDots.Finish(c), scale, input2[words + 1], outputs + 2 * outputStride);
                T.AddScaled(TDots.Finish(d), scale, input3[words + 1], outputs + 3 * outputStride);
                T.AddScaled(TDots.Finish(e), scale, input4[words + 1], outputs + 4 * outputStride);
                T.AddScaled(TDots.Finish(f), scale, input5[words + 1], outputs + 5 * outputStride);
            }
        }
    }
}
