using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>Products with quantised weights, in lanes.</summary>
/// <remarks>Prepared inputs of a tile are the words of <see cref="IDots"/>, the start of the sums and the scale.</remarks>
/// <typeparam name="T">16 outputs.</typeparam>
/// <typeparam name="TDots">How weights and inputs are multiplied.</typeparam>
internal sealed unsafe class QuantizedProduct<T, TDots>(WeightType type) : ProductKernel
    where T : struct, IIntegerLanes<T>
    where TDots : struct, IDots
{
    private readonly int tileBytes = Tile.Bytes(type);

    private static int ScaleOffset => TDots.Steps * Tile.Rows * 4;

    public override WeightType Type => type;

    public override string Name => T.Name + TDots.Suffix;

    public override int InputBytes => (TDots.Steps * TDots.Parts + 2) * sizeof(float);

    [MethodImpl(InnerLoop.Options)]
    public override void Prepare(float* values, int tiles, byte* inputs)
    {
        for (var words = TDots.Steps * TDots.Parts; tiles > 0; tiles--, values += Tile.Columns, inputs += (words + 2) * sizeof(float))
        {
            var scale = QuantizedInputs.Quantize(values, out var quantized, out var sum);
            TDots.Arrange(quantized, (int*)inputs);
            ((int*)inputs)[words] = TDots.Start(sum);
            ((float*)inputs)[words + 1] = scale;
        }
    }

    public override void Multiply(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        var first = Math.Min(rows, RowSplit.Most);
        MultiplyStreams(TileStreams.Of(tiles), inputs, inputStride, first, output, outputStride, add);
        if (rows == first)
            return;

        // The first rows brought the weights from memory; the others find them in the cache.
        inputs += first * inputStride;
        output += first * outputStride;
        if (!add)
            Outputs.Clear(output, rows - first, Tile.Rows, outputStride);
        ManyRows(tiles.Start, tiles.Stride, tiles.Count, (float*)inputs, inputStride / sizeof(float), rows - first, output, outputStride);
    }

    public override void MultiplyStreams(in TileStreams tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        if (!add)
            Outputs.Clear(output, rows, tiles.Panels * Tile.Rows, outputStride);
        nint ahead = Prefetch.Distance(type, tiles, rows), aheadOfLast = Prefetch.DistanceOfLast(type, tiles, rows);
        if (rows == 1)
            QuantizedRegisterTile.One<T, TDots>(tiles, (float*)inputs, output, ahead, aheadOfLast);
        else
            FewRows(tiles, (float*)inputs, inputStride / sizeof(float), rows, output, outputStride, ahead, aheadOfLast);
    }

    // Six rows of 32 sums in registers of 512 bits, or of 16 in those of 256, leave room for weights and inputs; four rows of 16 are all that 128 bits hold.
    private static int RowsAtOnce(int rows) => T.Registers <= 2 ? RowSplit.Next(rows) : Math.Min(rows, 4);

    // Tile after tile of the streams in turn. The rows bring the next tiles from memory while they meet this one in the cache.
    private void FewRows(
        in TileStreams tiles, float* inputs, nint inputStride, int rows, float* output, nint outputStride, nint ahead, nint aheadOfLast)
    {
        var lines = FetchedLines.Of(tiles.Streams, tiles.StreamStride);
        for (var round = tiles; round.Count > 0; round = round.Next, inputs += InputBytes / sizeof(float))
        {
            var distance = round.Count > 1 ? ahead : aheadOfLast;
            var next = round.Start + distance;
            for (var panel = 0; panel < round.Panels; panel++, next += TDots.Steps * lines.Advance)
            {
                var tile = round.Panel(panel, tileBytes);
                Prefetch.Steps(next, lines, TDots.Steps);
                Prefetch.Floats((float*)(tile + ScaleOffset + distance), Tile.Rows / 2);
                ManyRows(tile, 0, 1, inputs, inputStride, rows, output + panel * Tile.Rows, outputStride);
            }
        }
    }

    private static void ManyRows(byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, int rows, float* output, nint outputStride)
    {
        for (int some; rows > 0; rows -= some, inputs += some * inputStride, output += some * outputStride)
        {
            some = RowsAtOnce(rows);
            if (some == 1)
                QuantizedRegisterTile.One<T, TDots>(new TileStreams(tiles, tileStride, count), inputs, output, 0, 0);
            else
                SomeRows(tiles, tileStride, count, inputs, inputStride, some, output, outputStride);
        }
    }

    private static void SomeRows(byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, int rows, float* output, nint outputStride)
    {
        if (T.Registers == 1 || (T.Registers == 2 && rows == 2))
            SomeRows<Pair<T>>(tiles, tileStride, count, inputs, inputStride, rows, output, outputStride);
        else
            SomeRows<T>(tiles, tileStride, count, inputs, inputStride, rows, output, outputStride);
    }

    private static void SomeRows<TPart>(byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, int rows, float* output, nint outputStride)
        where TPart : struct, IIntegerLanes<TPart>
    {
        switch (rows)
        {
            case 2:
                QuantizedRegisterTile.Two<TPart, TDots>(tiles, tileStride, count, inputs, inputStride, output, outputStride);
                break;
            case 3:
                QuantizedRegisterTile.Three<TPart, TDots>(tiles, tileStride, count, inputs, inputStride, output, outputStride);
                break;
            case 4:
                QuantizedRegisterTile.Four<TPart, TDots>(tiles, tileStride, count, inputs, inputStride, output, outputStride);
                break;
            case 5:
                QuantizedRegisterTile.Five<TPart, TDots>(tiles, tileStride, count, inputs, inputStride, output, outputStride);
                break;
            default:
                QuantizedRegisterTile.Six<TPart, TDots>(tiles, tileStride, count, inputs, inputStride, output, outputStride);
                break;
        }
    }
}
