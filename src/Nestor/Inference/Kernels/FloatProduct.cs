using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>Products with weights that are floats, in lanes.</summary>
/// <typeparam name="T">16 outputs.</typeparam>
/// <typeparam name="TWeights">How the weights become floats.</typeparam>
internal sealed unsafe class FloatProduct<T, TWeights>(WeightType type) : ProductKernel
    where T : struct, ILanes<T>
    where TWeights : struct, IWeights
{
    private const int ConvertedTiles = 8, StepBytes = Tile.Rows * sizeof(float);

    private readonly int tileBytes = Tile.Bytes(type);

    private static int Steps => Tile.Columns / TWeights.Columns;

    public override WeightType Type => type;

    public override string Name => T.Name;

    public override int InputBytes => Tile.Columns * sizeof(float);

    public override void Prepare(float* values, int tiles, byte* inputs)
    {
        var count = (nint)tiles * Tile.Columns;
        if (type == WeightType.BF16)
            BrainFloat.Round(values, (float*)inputs, count);
        else
            Buffer.MemoryCopy(values, inputs, count * sizeof(float), count * sizeof(float));
    }

    public override void Multiply(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        if (!add)
            Outputs.Clear(output, rows, Tile.Rows, outputStride);
        if (rows >= TWeights.RowsToConvertFor)
        {
            MultiplyConverted(tiles, inputs, inputStride, rows, output, outputStride);
            return;
        }

        var ahead = Prefetch.Distance(type, TileStreams.Of(tiles), rows);
        var weights = new WeightStream(tiles.Start, tiles.Stride, tiles.Count, StepBytes, Steps, ahead) { AsksFar = Prefetch.AsksFar };
        RegisterTiling.Multiply<T, TWeights>(weights, Tile.Rows, (float*)inputs, inputStride / sizeof(float), rows, output, outputStride);
    }

    // Tile after tile of the streams in turn; one row or two meet smaller parts of them, and one keeps the sums of a single panel in registers.
    public override void MultiplyStreams(
        in TileStreams tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        if ((tiles.Panels == 1 && rows == 1) || rows >= TWeights.RowsToConvertFor)
        {
            base.MultiplyStreams(tiles, inputs, inputStride, rows, output, outputStride, add);
            return;
        }

        if (!add)
            Outputs.Clear(output, rows, tiles.Panels * Tile.Rows, outputStride);
        var ahead = Prefetch.Distance(type, tiles, rows);
        if (rows == 1)
        {
            RegisterTile.OneOfStreams<T, TWeights>(tiles, Steps, (float*)inputs, output, tiles.Streams > 1 ? Prefetch.StreamBytes : ahead);
            return;
        }

        if (rows == 2 && T.Registers == 2)
        {
            RegisterTile.TwoOfStreams<T, TWeights>(tiles, Steps, (float*)inputs, inputStride / sizeof(float), output, outputStride);
            return;
        }

        var lines = FetchedLines.Of(tiles.Streams, tiles.StreamStride);
        var aheadOfLast = Prefetch.DistanceOfLast(type, tiles, rows);
        for (var round = tiles; round.Count > 0; round = round.Next, inputs += InputBytes)
        {
            var next = round.Start + (round.Count > 1 ? ahead : aheadOfLast);
            for (var panel = 0; panel < round.Panels; panel++, next += Steps * lines.Advance)
            {
                var tile = round.Panel(panel, tileBytes);
                var weights = new WeightStream(tile, tileBytes, 1, StepBytes, Steps, (nint)(next - tile)) { Lines = lines };
                RegisterTiling.Multiply<T, TWeights>(weights, Tile.Rows, (float*)inputs, inputStride / sizeof(float), rows, output + panel * Tile.Rows, outputStride);
            }
        }
    }

    [SkipLocalsInit]
    private void MultiplyConverted(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride)
    {
        const int floats = Tile.Rows * Tile.Columns;
        var buffer = stackalloc byte[(ConvertedTiles * floats + Vectors.Lanes) * sizeof(float)];
        var converted = (float*)((nint)(buffer + 63) & ~63);
        var from = tiles.Start;
        for (var count = tiles.Count; count > 0; count -= ConvertedTiles, inputs += ConvertedTiles * InputBytes)
        {
            var some = Math.Min(ConvertedTiles, count);
            for (var tile = 0; tile < some; tile++, from += tiles.Stride)
                Convert(from, converted + tile * floats);
            var weights = new WeightStream((byte*)converted, floats * sizeof(float), some, StepBytes, Tile.Columns, ahead: 0);
            RegisterTiling.Multiply<T, F32Weights>(weights, Tile.Rows, (float*)inputs, inputStride / sizeof(float), rows, output, outputStride);
        }
    }

    [MethodImpl(InnerLoop.Options)]
    private static void Convert(byte* tile, float* converted)
    {
        for (var step = 0; step < Tile.Columns / TWeights.Columns; step++, converted += Tile.Rows)
        {
            for (var lane = 0; lane < Tile.Rows; lane += T.Count, tile += T.Count * sizeof(float))
            {
                T.Store(TWeights.First<T>(tile), converted + lane);
                if (TWeights.Columns > 1)
                    T.Store(TWeights.Second<T>(tile), converted + Tile.Rows + lane);
            }

            if (TWeights.Columns > 1)
                converted += Tile.Rows;
        }
    }
}
