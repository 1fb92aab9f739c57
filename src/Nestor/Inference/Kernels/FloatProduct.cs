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

    public override void Multiply(byte* tiles, nint tileStride, int count, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        if (rows >= TWeights.RowsToConvertFor)
        {
            MultiplyConverted(tiles, tileStride, count, inputs, inputStride, rows, output, outputStride, add);
            return;
        }

        var weights = new WeightStream(
            tiles, tileStride, count, StepBytes, Tile.Columns / TWeights.Columns, Prefetch.Distance(type, tileStride, count));
        RegisterTiling.Multiply<T, TWeights>(weights, Tile.Rows, (float*)inputs, inputStride / sizeof(float), rows, output, outputStride, add);
    }

    // Tile by tile, in the order in which they lie in memory.
    public override void MultiplyOne(byte* tiles, nint tileStride, int panels, int count, byte* inputs, float* output, bool add)
    {
        for (; count > 0; count--, tiles += tileStride, inputs += InputBytes, add = true)
        {
            for (var panel = 0; panel < panels; panel++)
            {
                var weights = new WeightStream(tiles + panel * tileBytes, tileBytes, 1, StepBytes, Tile.Columns / TWeights.Columns, Prefetch.Bytes(type));
                RegisterTile.OneQuad<T, TWeights>(weights, (float*)inputs, output + panel * Tile.Rows, add);
            }
        }
    }

    [SkipLocalsInit]
    private void MultiplyConverted(
        byte* tiles, nint tileStride, int count, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        const int floats = Tile.Rows * Tile.Columns;
        var buffer = stackalloc byte[(ConvertedTiles * floats + Vectors.Lanes) * sizeof(float)];
        var converted = (float*)((nint)(buffer + 63) & ~63);
        for (; count > 0; count -= ConvertedTiles, inputs += ConvertedTiles * InputBytes, add = true)
        {
            var some = Math.Min(ConvertedTiles, count);
            for (var tile = 0; tile < some; tile++, tiles += tileStride)
                Convert(tiles, converted + tile * floats);
            var weights = new WeightStream((byte*)converted, floats * sizeof(float), some, StepBytes, Tile.Columns, ahead: 0);
            RegisterTiling.Multiply<T, F32Weights>(weights, Tile.Rows, (float*)inputs, inputStride / sizeof(float), rows, output, outputStride, add);
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
