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
    private const int MostRows = 6;

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

    public override void Multiply(byte* tiles, nint tileStride, int count, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        var all = new TileStreams(tiles, tileStride, count);
        var ahead = Prefetch.Distance(type, all);
        var input = (float*)inputs;
        var stride = inputStride / sizeof(float);
        for (var cached = false; rows > 0; cached = true)
        {
            var some = RowsAtOnce(rows);
            if (!add)
                Clear(output, some, outputStride);
            if (some == 1)
                QuantizedRegisterTile.One<T, TDots>(all, input, output, ahead, ahead);
            else if (cached)
                SomeRows(tiles, tileStride, count, input, stride, some, output, outputStride);
            else
                FirstRows(tiles, tileStride, count, input, stride, some, output, outputStride, ahead);
            rows -= some;
            input += some * stride;
            output += some * outputStride;
        }
    }

    public override void MultiplyOne(in TileStreams tiles, byte* inputs, float* output, bool add)
    {
        if (!add)
            Clear(output, tiles.Panels, Tile.Rows);
        var ahead = Prefetch.Distance(type, tiles);
        QuantizedRegisterTile.One<T, TDots>(tiles, (float*)inputs, output, ahead, tiles.Streams > 1 ? tiles.ToNext : ahead);
    }

    // Six rows of 32 sums in registers of 512 bits, or of 16 in those of 256, leave room for weights and inputs; four rows of 16 are all that 128 bits hold.
    private static int RowsAtOnce(int rows) => rows >= MostRows && T.Registers <= 2 ? MostRows : rows >= 4 ? 4 : 1;

    private static void Clear(float* output, int rows, nint stride)
    {
        for (; rows > 0; rows--, output += stride)
            Quad<T>.Store(Quad<T>.Zero, output);
    }

    // The first rows bring the weights from memory, in the order in which they lie there; the others find them in the cache.
    private void FirstRows(byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, int rows, float* output, nint outputStride, nint ahead)
    {
        for (; count > 0; count--, tiles += tileStride, inputs += TDots.Steps * TDots.Parts + 2)
        {
            Prefetch.Floats((float*)(tiles + ahead), tileBytes / sizeof(float));
            SomeRows(tiles, tileStride, 1, inputs, inputStride, rows, output, outputStride);
        }
    }

    private static void SomeRows(byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, int rows, float* output, nint outputStride)
    {
        if (T.Registers == 1)
            InParts<Pair<T>>(tiles, tileStride, count, inputs, inputStride, rows, output, outputStride);
        else
            InParts<T>(tiles, tileStride, count, inputs, inputStride, rows, output, outputStride);
    }

    private static void InParts<TPart>(byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, int rows, float* output, nint outputStride)
        where TPart : struct, IIntegerLanes<TPart>
    {
        for (var lane = 0; lane < Tile.Rows; lane += TPart.Count)
        {
            var part = tiles + lane * 4;
            var scales = ScaleOffset - lane * (4 - sizeof(ushort));
            if (rows == MostRows)
                QuantizedRegisterTile.Six<TPart, TDots>(part, tileStride, count, scales, inputs, inputStride, output + lane, outputStride);
            else
                QuantizedRegisterTile.Four<TPart, TDots>(part, tileStride, count, scales, inputs, inputStride, output + lane, outputStride);
        }
    }
}
