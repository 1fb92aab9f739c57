using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Kernels;
using Nestor.Tests.Inference.Kernels;

namespace Nestor.Tests.Inference.Emitted;

/// <summary>A product with random weights, inputs, strides and earlier outputs.</summary>
/// <param name="Seed">Of the random numbers.</param>
/// <param name="Rows">Rows of activations.</param>
/// <param name="Tiles">Blocks of 32 columns.</param>
/// <param name="TileSteps">Tiles from one of the panel to the next.</param>
/// <param name="Add">Whether earlier outputs count.</param>
internal sealed unsafe record Problem(int Seed, int Rows, int Tiles, int TileSteps, bool Add)
{
    public static readonly Gen<Problem> Any = Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[1, 40], Gen.Int[1, 5], Gen.Int[1, 3], Gen.Bool)
        .Select((seed, rows, tiles, steps, add) => new Problem(seed, rows, tiles, steps, add));

    private const int GuardFloats = 64, NoMemory = 64;

    /// <summary>Multiplies every input.</summary>
    public float InputFactor { get; init; } = 1;

    /// <summary>Whether every row is multiplied alone.</summary>
    public bool RowByRow { get; init; }

    /// <summary>An input to replace, and by what; the place wraps around.</summary>
    public (int Place, float Value)? BadInput { get; init; }

    /// <summary>Whether kernels are told of tiles that follow; those lie where no memory is.</summary>
    public bool Followed { get; init; }

    /// <summary>A weight to replace in each tile, and by what; the place wraps around.</summary>
    public (int Place, float Value)? BadWeight { get; init; }

    /// <summary>All memory around the outputs after a product: a band before, (rows, stride), a band behind.</summary>
    public float[] Solve(ProductKernel kernel)
    {
        var random = new Random(Seed);
        var tileBytes = Tile.Bytes(kernel.Type);
        var tiles = new FloatBuffer((long)tileBytes / sizeof(float) * Tiles * TileSteps);
        for (var tile = 0; tile < Tiles * TileSteps; tile++)
            PackRandom(kernel.Type, random.Next(), (byte*)tiles.Pointer + (nint)tile * tileBytes);

        nint inputStride = Tiles * kernel.InputBytes + 4 * (Seed % 5);
        var inputs = new FloatBuffer(Rows * inputStride / sizeof(float));
        Prepare(kernel, random, (byte*)inputs.Pointer, inputStride);

        var outputStride = Tile.Rows + 16 * (Seed % 3);
        var outputs = new FloatBuffer(GuardFloats + Rows * outputStride + GuardFloats);
        for (var i = 0; i < outputs.Length; i++)
            outputs.Pointer[i] = random.NextSingle() - 0.5f;

        var panel = new PanelTiles((byte*)tiles.Pointer, (nint)tileBytes * TileSteps, Tiles) { Following = Followed ? (byte*)NoMemory : null };
        var together = RowByRow ? 1 : Rows;
        for (var row = 0; row < Rows; row += together)
        {
            kernel.Multiply(panel, (byte*)inputs.Pointer + row * inputStride, inputStride, together,
                outputs.Pointer + GuardFloats + row * outputStride, outputStride, Add);
        }

        var after = new ReadOnlySpan<float>(outputs.Pointer, (int)outputs.Length).ToArray();
        GC.KeepAlive((tiles, inputs, outputs));
        return after;
    }

    private void PackRandom(WeightType type, int seed, byte* tile)
    {
        var block = Block.Random(seed);
        fixed (float* weights = block)
        {
            if (BadWeight is var (place, value))
                block[place % block.Length] = value;
            TileFormat.Of(type).Pack(weights, tile);
        }
    }

    private void Prepare(ProductKernel kernel, Random random, byte* inputs, nint inputStride)
    {
        var values = new FloatBuffer(Rows * Tiles * Tile.Columns);
        var count = Rows * Tiles * Tile.Columns;
        for (var i = 0; i < count; i++)
            values.Pointer[i] = random.Next(16) == 0 ? 0 : InputFactor * MathF.Pow(2, random.Next(-6, 6)) * (2 * random.NextSingle() - 1);
        if (BadInput is var (place, value))
            values.Pointer[place % count] = value;
        for (var row = 0; row < Rows; row++)
            kernel.Prepare(values.Pointer + (nint)row * Tiles * Tile.Columns, Tiles, inputs + row * inputStride);
        GC.KeepAlive(values);
    }
}
