using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>One or two rows, and the panels of some streams.</summary>
internal static unsafe partial class RegisterTile
{
    // 1 KB of weights: with 2 KB and more of one stream before the next, Zen 3 reads memory more slowly.
    private const int StepsInTurn = 4;

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
        var far = Prefetch.AsksFar;
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
                            if (far)
                                Prefetch.Far(step);
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

    /// <summary>The same for two rows, which calculate longer: every part asks for a share of the parts that come next in all streams, line by line in turn.</summary>
    /// <param name="tiles">The tiles.</param>
    /// <param name="steps">Steps of a tile.</param>
    /// <param name="input">(2, tiles * columns)</param>
    /// <param name="inputStride">Floats from one row's inputs to the other's.</param>
    /// <param name="outputs">(2, panels * 64), added to.</param>
    /// <param name="outputStride">Floats from one row's outputs to the other's.</param>
    [MethodImpl(InnerLoop.Options)]
    public static void TwoOfStreams<T, TWeights>(
        in TileStreams tiles, int steps, float* input, nint inputStride, float* outputs, nint outputStride)
        where T : struct, ILanes<T>
        where TWeights : struct, IWeights
    {
        int bytes = T.Count * sizeof(float), stepBytes = 4 * bytes, panelStride = tiles.Turns * Tile.Rows;
        nint tileBytes = steps * stepBytes;
        var lines = FetchedLines.Of(tiles.Streams, tiles.StreamStride);
        nint second = lines.Second, third = lines.Third, fourth = lines.Fourth, advance = lines.Advance;
        var round = tiles.Start;
        for (var count = tiles.Count; count > 0; count--, round += tiles.TileStride)
        {
            for (var turn = 0; turn < tiles.Turns; turn++)
            {
                var part = round + turn * tileBytes;
                var inputs = input;
                for (var parts = steps / StepsInTurn; parts > 0; parts--, part += StepsInTurn * stepBytes, inputs += StepsInTurn * TWeights.Columns)
                {
                    byte* start = part, next = part + StepsInTurn * stepBytes;
                    var output = outputs + turn * Tile.Rows;
                    for (var stream = tiles.Streams; stream > 0; stream--, start += tiles.StreamStride, output += panelStride)
                    {
                        for (var left = StepsInTurn; left > 0; left--, next += advance)
                            Prefetch.Lines(next, second, third, fourth);
                        for (var half = 0; half < 2; half++)
                        {
                            float* lower = output + half * 2 * T.Count, upper = lower + T.Count;
                            T a = T.Load(lower), b = T.Load(lower + outputStride), c = T.Load(upper), d = T.Load(upper + outputStride);
                            byte* step = start + half * 2 * bytes, again = step;
                            float* columns = inputs, others = inputs + inputStride;
                            for (var left = StepsInTurn; left > 0; left--, step += stepBytes, again += stepBytes)
                            {
                                T x = T.Create(columns[0]), x1 = T.Create(others[0]);
                                T weight = TWeights.First<T>(step), upperWeight = TWeights.First<T>(step + bytes);
                                a = T.MultiplyAdd(weight, x, a);
                                b = T.MultiplyAdd(weight, x1, b);
                                c = T.MultiplyAdd(upperWeight, x, c);
                                d = T.MultiplyAdd(upperWeight, x1, d);
                                if (TWeights.Columns > 1)
                                {
                                    (x, x1) = (T.Create(columns[1]), T.Create(others[1]));
                                    (weight, upperWeight) = (TWeights.Second<T>(again), TWeights.Second<T>(again + bytes));
                                    a = T.MultiplyAdd(weight, x, a);
                                    b = T.MultiplyAdd(weight, x1, b);
                                    c = T.MultiplyAdd(upperWeight, x, c);
                                    d = T.MultiplyAdd(upperWeight, x1, d);
                                }

                                columns += TWeights.Columns;
                                others += TWeights.Columns;
                            }

                            T.Store(a, lower);
                            T.Store(b, lower + outputStride);
                            T.Store(c, upper);
                            T.Store(d, upper + outputStride);
                        }
                    }
                }
            }

            input += steps * TWeights.Columns;
        }
    }
}
