using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>The innermost loops of products with quantised weights: the integer sums of one tile stay in registers while its weights pass by.</summary>
/// <remarks>
/// One method per number of rows, because only locals become registers. A step is read through a second pointer for its second part: through the
/// same one the compiler would keep it in registers, which are all taken.
/// </remarks>
internal static unsafe class QuantizedRegisterTile
{
    private const int StepBytes = Tile.Rows * 4;

    /// <summary>One row, whose outputs stay in registers too: every weight is read from memory for it alone.</summary>
    /// <param name="tile">The first step of the first tile, at the first of the outputs.</param>
    /// <param name="tileStride">Bytes from one tile to the next.</param>
    /// <param name="tiles">Number of tiles.</param>
    /// <param name="scales">Bytes from a tile's first step to its first scale.</param>
    /// <param name="input">Prepared inputs.</param>
    /// <param name="output">As many outputs as lanes.</param>
    /// <param name="add">Whether to begin with the outputs or with zeros.</param>
    /// <param name="ahead">Bytes from what is read to what should be fetched from memory meanwhile.</param>
    [MethodImpl(InnerLoop.Options)]
    public static void One<T, TDots>(byte* tile, nint tileStride, int tiles, nint scales, float* input, float* output, bool add, nint ahead)
        where T : struct, ILanes<T>
        where TDots : struct, IDots
    {
        var y = add ? T.Load(output) : T.Zero;
        for (; tiles > 0; tiles--, tile += tileStride)
        {
            var sums = T.Create(input[TDots.Steps * TDots.Parts]);
            var step = tile;
            for (var steps = TDots.Steps; steps > 0; steps--, step += StepBytes, input += TDots.Parts)
            {
                Prefetch.Lanes<T>(step + ahead);
                sums = TDots.Add(TDots.First<T>(step), T.Create(input[0]), sums);
                if (TDots.Parts > 1)
                    sums = TDots.Add(TDots.Second<T>(step), T.Create(input[1]), sums);
            }

            Prefetch.Lanes<T>(step + ahead);
            y = T.MultiplyAdd(T.ToFloats(TDots.Finish(sums)), T.Multiply(T.LoadBrainFloats(tile + scales), T.Create(input[1])), y);
            input += 2;
        }

        T.Store(y, output);
    }

    /// <summary>Four rows.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void Four<T, TDots>(
        byte* tile, nint tileStride, int tiles, nint scales, float* input, nint inputStride, float* output, nint outputStride, bool add)
        where T : struct, ILanes<T>
        where TDots : struct, IDots
    {
        nint words = TDots.Steps * TDots.Parts;
        for (; tiles > 0; tiles--, tile += tileStride, input += words + 2, add = true)
        {
            float* input1 = input + inputStride;
            float* input2 = input1 + inputStride;
            float* input3 = input2 + inputStride;
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

            var scale = T.LoadBrainFloats(tile + scales);
            T.AddScaled(TDots.Finish(a), scale, input[words + 1], output, add);
            T.AddScaled(TDots.Finish(b), scale, input1[words + 1], output + outputStride, add);
            T.AddScaled(TDots.Finish(c), scale, input2[words + 1], output + 2 * outputStride, add);
            T.AddScaled(TDots.Finish(d), scale, input3[words + 1], output + 3 * outputStride, add);
        }
    }

    /// <summary>Six rows.</summary>
    [MethodImpl(InnerLoop.Options)]
    public static void Six<T, TDots>(
        byte* tile, nint tileStride, int tiles, nint scales, float* input, nint inputStride, float* output, nint outputStride, bool add)
        where T : struct, ILanes<T>
        where TDots : struct, IDots
    {
        nint words = TDots.Steps * TDots.Parts;
        for (; tiles > 0; tiles--, tile += tileStride, input += words + 2, add = true)
        {
            float* input1 = input + inputStride;
            float* input2 = input1 + inputStride;
            float* input3 = input2 + inputStride;
            float* input4 = input3 + inputStride;
            float* input5 = input4 + inputStride;
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

            var scale = T.LoadBrainFloats(tile + scales);
            T.AddScaled(TDots.Finish(a), scale, input[words + 1], output, add);
            T.AddScaled(TDots.Finish(b), scale, input1[words + 1], output + outputStride, add);
            T.AddScaled(TDots.Finish(c), scale, input2[words + 1], output + 2 * outputStride, add);
            T.AddScaled(TDots.Finish(d), scale, input3[words + 1], output + 3 * outputStride, add);
            T.AddScaled(TDots.Finish(e), scale, input4[words + 1], output + 4 * outputStride, add);
            T.AddScaled(TDots.Finish(f), scale, input5[words + 1], output + 5 * outputStride, add);
        }
    }
}
