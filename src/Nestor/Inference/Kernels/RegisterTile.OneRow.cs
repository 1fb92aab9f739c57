using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>One row, which uses each weight once.</summary>
internal static unsafe partial class RegisterTile
{
    // 1 KB of weights: with 2 KB and more of one stream before the next, Zen 3 reads memory more slowly.
    private const int StepsInTurn = 4;

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
        nint second = weights.Lines.Second, third = weights.Lines.Third, fourth = weights.Lines.Fourth, advance = weights.Lines.Advance;
        for (var tiles = weights.Tiles; tiles > 0; tiles--, tile += weights.TileStride)
        {
            byte* step = tile, again = tile, next = tile + ahead;
            for (var steps = weights.Steps; steps > 0; steps--, step += stride, again += stride, next += advance, input += TWeights.Columns)
            {
                Prefetch.Lines(next, second, third, fourth);
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

    /// <summary>One row and all outputs of some panels: a few steps of each stream in turn, which a processor foresees better than tiles in turn.</summary>
    /// <param name="tiles">The tiles.</param>
    /// <param name="steps">Steps of a tile.</param>
    /// <param name="input">(tiles * columns)</param>
    /// <param name="outputs">(panels * 64), added to.</param>
    /// <param name="ahead">Bytes from what is read to what should be fetched from memory meanwhile.</param>
    [MethodImpl(InnerLoop.Options)]
    public static void OneOfStreams<T, TWeights>(in TileStreams tiles, int steps, float* input, float* outputs, nint ahead)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        int bytes = T.Count * sizeof(float), stepBytes = 4 * bytes, outputStride = tiles.Turns * Tile.Rows;
        nint tileBytes = steps * stepBytes;
        var round = tiles.Start;
        for (var count = tiles.Count; count > 0; count--, round += tiles.TileStride)
        {
            for (var turn = 0; turn < tiles.Turns; turn++)
            {
                var part = round + turn * tileBytes;
                var inputs = input;
                for (var parts = steps / StepsInTurn; parts > 0; parts--, part += StepsInTurn * stepBytes, inputs += StepsInTurn * TWeights.Columns)
                {
                    var start = part;
                    var output = outputs + turn * Tile.Rows;
                    for (var stream = tiles.Streams; stream > 0; stream--, start += tiles.StreamStride, output += outputStride)
                    {
                        T a = T.Load(output), b = T.Load(output + T.Count), c = T.Load(output + 2 * T.Count), d = T.Load(output + 3 * T.Count);
                        byte* step = start, again = start;
                        var columns = inputs;
                        for (var left = StepsInTurn; left > 0; left--, step += stepBytes, again += stepBytes, columns += TWeights.Columns)
                        {
                            Prefetch.Lines(step + ahead, Prefetch.CacheLine, 2 * Prefetch.CacheLine, 3 * Prefetch.CacheLine);
                            var x = T.Create(columns[0]);
                            a = T.MultiplyAdd(TWeights.First<T>(step), x, a);
                            b = T.MultiplyAdd(TWeights.First<T>(step + bytes), x, b);
                            c = T.MultiplyAdd(TWeights.First<T>(step + 2 * bytes), x, c);
                            d = T.MultiplyAdd(TWeights.First<T>(step + 3 * bytes), x, d);
                            if (TWeights.Columns > 1)
                            {
                                x = T.Create(columns[1]);
                                a = T.MultiplyAdd(TWeights.Second<T>(again), x, a);
                                b = T.MultiplyAdd(TWeights.Second<T>(again + bytes), x, b);
                                c = T.MultiplyAdd(TWeights.Second<T>(again + 2 * bytes), x, c);
                                d = T.MultiplyAdd(TWeights.Second<T>(again + 3 * bytes), x, d);
                            }
                        }

                        T.Store(a, output);
                        T.Store(b, output + T.Count);
                        T.Store(c, output + 2 * T.Count);
                        T.Store(d, output + 3 * T.Count);
                    }
                }
            }

            input += steps * TWeights.Columns;
        }
    }
}
