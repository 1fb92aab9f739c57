using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>One row, which uses each weight once.</summary>
internal static unsafe partial class QuantizedRegisterTile
{
    private const int LaneBytes = StepBytes / 4;

    /// <summary>One row and all outputs of some panels: every weight is read for it alone, tile after tile of the streams in turn.</summary>
    /// <param name="tiles">The tiles.</param>
    /// <param name="inputs">Prepared inputs.</param>
    /// <param name="outputs">(panels * 64), added to.</param>
    /// <param name="ahead">Bytes from what is read to what should be fetched from memory meanwhile.</param>
    /// <param name="aheadOfLast">The same from the last tile of each panel.</param>
    [MethodImpl(InnerLoop.Options)]
    public static void One<T, TDots>(in TileStreams tiles, float* inputs, float* outputs, nint ahead, nint aheadOfLast)
        where T : struct, IIntegerLanes<T>
        where TDots : struct, IDots
    {
        nint words = TDots.Steps * TDots.Parts, tileBytes = TDots.Steps * StepBytes + Tile.Rows * sizeof(ushort);
        var lines = FetchedLines.Of(tiles.Streams, tiles.StreamStride);
        nint second = lines.Second, third = lines.Third, fourth = lines.Fourth, advance = lines.Advance;
        var far = Prefetch.AsksFar;
        var round = tiles.Start;
        for (var count = tiles.Count; count > 0; count--, round += tiles.TileStride, inputs += words + 2)
        {
            var distance = count > 1 ? ahead : aheadOfLast;
            byte* first = round, next = round + distance;
            var output = outputs;
            for (var stream = tiles.Streams; stream > 0; stream--, first += tiles.StreamStride)
            {
                var tile = first;
                for (var turn = tiles.Turns; turn > 0; turn--, tile += tileBytes, output += Tile.Rows)
                {
                    var a = T.Create(inputs[words]);
                    T b = a, c = a, d = a;
                    byte* step = tile, again = tile;
                    for (nint word = 0; word < words; word += TDots.Parts, step += StepBytes, again += StepBytes, next += advance)
                    {
                        Prefetch.Lines(next, second, third, fourth);
                        if (far)
                            Prefetch.Far(step);
                        var input = T.Create(inputs[word]);
                        a = TDots.Add(TDots.First<T>(step), input, a);
                        b = TDots.Add(TDots.First<T>(step + LaneBytes), input, b);
                        c = TDots.Add(TDots.First<T>(step + 2 * LaneBytes), input, c);
                        d = TDots.Add(TDots.First<T>(step + 3 * LaneBytes), input, d);
                        if (TDots.Parts > 1)
                        {
                            input = T.Create(inputs[word + 1]);
                            a = TDots.Add(TDots.Second<T>(again), input, a);
                            b = TDots.Add(TDots.Second<T>(again + LaneBytes), input, b);
                            c = TDots.Add(TDots.Second<T>(again + 2 * LaneBytes), input, c);
                            d = TDots.Add(TDots.Second<T>(again + 3 * LaneBytes), input, d);
                        }
                    }

                    Prefetch.Lanes<T>(step + distance);
                    Prefetch.Lanes<T>(step + distance + LaneBytes);
                    var scale = inputs[words + 1];
                    T.AddScaled(TDots.Finish(a), T.LoadBrainFloats(step), scale, output);
                    T.AddScaled(TDots.Finish(b), T.LoadBrainFloats(step + LaneBytes / 2), scale, output + T.Count);
                    T.AddScaled(TDots.Finish(c), T.LoadBrainFloats(step + LaneBytes), scale, output + 2 * T.Count);
                    T.AddScaled(TDots.Finish(d), T.LoadBrainFloats(step + 3 * LaneBytes / 2), scale, output + 3 * T.Count);
                }
            }
        }
    }
}
