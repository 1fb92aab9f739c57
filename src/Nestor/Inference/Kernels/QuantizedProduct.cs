using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>Products with quantised weights, in lanes.</summary>
/// <remarks>Prepared inputs of a tile are the words of <see cref="IDots"/>, the start of the sums and the scale.</remarks>
/// <typeparam name="T">16 outputs.</typeparam>
/// <typeparam name="TDots">How weights and inputs are multiplied.</typeparam>
internal sealed unsafe class QuantizedProduct<T, TDots>(WeightType type) : ProductKernel
    where T : struct, ILanes<T>
    where TDots : struct, IDots
{
    private const int MostRows = 6;

    // Weights that stay in the second-level cache while the rows pass by.
    private const int CachedBytes = 256 << 10;

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
        var most = rows == 1 ? count : CachedBytes / tileBytes;
        var ahead = Prefetch.Distance(tileStride, tileBytes, count);
        for (; count > 0; count -= most, tiles += most * tileStride, inputs += most * InputBytes, add = true)
            MultiplyRows(tiles, tileStride, Math.Min(most, count), (float*)inputs, inputStride / sizeof(float), rows, output, outputStride, add, ahead);
    }

    private static void MultiplyRows(
        byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add, nint ahead)
    {
        while (rows > 0)
        {
            var some = RowsAtOnce(rows);
            if (some > 1)
                MultiplySome(tiles, tileStride, count, inputs, inputStride, some, output, outputStride, add);
            else if (T.Registers <= 2)
                QuantizedRegisterTile.One<Quad<T>, TDots>(tiles, tileStride, count, ScaleOffset, inputs, output, add, ahead);
            else
                OneInParts(tiles, tileStride, count, inputs, output, add, ahead);
            rows -= some;
            inputs += some * inputStride;
            output += some * outputStride;
        }
    }

    private static void OneInParts(byte* tiles, nint tileStride, int count, float* inputs, float* output, bool add, nint ahead)
    {
        for (; count > 0; count--, tiles += tileStride, inputs += TDots.Steps * TDots.Parts + 2, add = true)
        {
            for (var lane = 0; lane < Tile.Rows; lane += T.Count)
                QuantizedRegisterTile.One<T, TDots>(tiles + lane * 4, tileStride, 1, ScaleOffset - lane * (4 - sizeof(ushort)), inputs, output + lane, add, ahead);
        }
    }

    // 64 sums of six rows fit into 32 registers of 512 bits; where they do not, 16 sums of four rows do.
    private static int RowsAtOnce(int rows) => rows >= MostRows && T.Registers == 1 ? MostRows : rows >= 4 ? 4 : rows >= 2 && T.Registers == 1 ? 2 : 1;

    [SkipLocalsInit]
    private static void MultiplySome(
        byte* tiles, nint tileStride, int count, float* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        var buffer = stackalloc float[MostRows * Tile.Rows + Vectors.Lanes];
        var sums = (float*)((nint)(buffer + Vectors.Lanes - 1) / 64 * 64);
        for (; count > 0; count--, tiles += tileStride, inputs += TDots.Steps * TDots.Parts + 2, add = true)
        {
            if (rows == MostRows)
                QuantizedRegisterTile.Six<Quad<T>, TDots>(tiles, inputs, inputStride, sums);
            else if (rows == 2)
                QuantizedRegisterTile.Two<Quad<T>, TDots>(tiles, inputs, inputStride, sums);
            else if (T.Registers == 1)
                QuantizedRegisterTile.Four<Quad<T>, TDots>(tiles, inputs, inputStride, sums);
            else
                FourInParts(tiles, inputs, inputStride, sums);

            AddScaled(sums, tiles + ScaleOffset, inputs + TDots.Steps * TDots.Parts + 1, inputStride, rows, output, outputStride, add);
        }
    }

    private static void FourInParts(byte* tile, float* inputs, nint inputStride, float* sums)
    {
        for (var lane = 0; lane < Tile.Rows; lane += T.Count)
            QuantizedRegisterTile.Four<T, TDots>(tile + lane * 4, inputs, inputStride, sums + lane);
    }

    // output += sums * (scales * inputScale)
    [MethodImpl(InnerLoop.Options)]
    private static void AddScaled(float* sums, byte* scales, float* inputScale, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        var scale = Quad<T>.LoadBrainFloats(scales);
        for (; rows > 0; rows--, sums += Tile.Rows, inputScale += inputStride, output += outputStride)
        {
            var y = add ? Quad<T>.Load(output) : Quad<T>.Zero;
            var both = Quad<T>.Multiply(scale, Quad<T>.Create(*inputScale));
            Quad<T>.Store(Quad<T>.MultiplyAdd(Quad<T>.ToFloats(Quad<T>.Load(sums)), both, y), output);
        }
    }
}
