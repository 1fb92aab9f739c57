namespace Nestor.Inference.Kernels;

/// <summary>Multiplies packed tiles with rows of activations: the one operation that reads weights.</summary>
/// <remarks>
/// Every implementation of a type and an order gives the same bits, and one of them computes all rows of a model, so that it does not matter which rows meet.
/// In the order of <see cref="SumOrder.Columns"/> an output is one chain over ascending columns, beginning with what it holds:
/// <list type="bullet">
/// <item>F32, F16: <c>y = fma(w, x, y)</c> per column.</item>
/// <item>BF16: the same with <c>x</c> rounded to BF16 (nearest, ties to even); subnormal inputs may count as zero.</item>
/// <item>Q8, Q4: per block of 32 columns <c>y = fma((float)sum(q * xq), scale * inputScale, y)</c> with an exact integer sum,
/// <c>inputScale = max|x| / 127</c> and <c>xq = round(x / inputScale)</c>, ties to even. A block whose largest magnitude is not finite
/// has the scale NaN and zeros, so that its outputs are NaN.</item>
/// </list>
/// In that of <see cref="SumOrder.Pairs"/>, of BF16 alone, <c>y = y + (even + odd)</c> per 32 columns, with <c>even = fma(w, x, even)</c> over every second column
/// from zero on, and <c>odd</c> over the others; weights and sums that are subnormal may count as zero too.
/// </remarks>
internal abstract unsafe class ProductKernel
{
    /// <summary>The type of the tiles.</summary>
    public abstract WeightType Type { get; }

    /// <summary>In which order it adds.</summary>
    public virtual SumOrder Order => SumOrder.Columns;

    /// <summary>What reports and tests call it, such as <c>plain</c> or <c>Vector512</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of 32 prepared inputs; prepared tiles of one row follow each other.</summary>
    public abstract int InputBytes { get; }

    /// <summary>Brings one row of activations into the form that <see cref="Multiply"/> reads.</summary>
    /// <param name="values">(32 * tiles), zeros behind the columns that the matrix has.</param>
    /// <param name="tiles">Blocks of 32.</param>
    /// <param name="inputs">Receives <c>tiles * InputBytes</c> bytes.</param>
    public abstract void Prepare(float* values, int tiles, byte* inputs);

    /// <summary><c>output[row][0..64) += sum over tiles of tile · inputs[row]</c>; replaces instead of adding where asked.</summary>
    /// <param name="tiles">Tiles of a panel: 64 outputs.</param>
    /// <param name="inputs">The first row's prepared inputs, at the first tile's columns.</param>
    /// <param name="inputStride">Bytes from one row's inputs to the next row's.</param>
    /// <param name="rows">Rows of activations, any number above 0.</param>
    /// <param name="output">(rows, 64), in floats.</param>
    /// <param name="outputStride">Floats from one row's outputs to the next row's; a multiple of 16.</param>
    /// <param name="add">Whether to begin with what the output holds, or with zeros.</param>
    public abstract void Multiply(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add);

    /// <summary>The same for a few rows and the panels of some streams: every tile meets all rows while it lies in the first-level cache.</summary>
    /// <param name="tiles">The panels' tiles.</param>
    /// <param name="inputs">The first row's prepared inputs, at the first tile's columns.</param>
    /// <param name="inputStride">Bytes from one row's inputs to the next row's.</param>
    /// <param name="rows">Rows of activations, any number above 0.</param>
    /// <param name="output">(rows, panels * 64), in floats.</param>
    /// <param name="outputStride">Floats from one row's outputs to the next row's; a multiple of 16.</param>
    /// <param name="add">Whether to begin with what the output holds, or with zeros.</param>
    public virtual void MultiplyStreams(
        in TileStreams tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        for (var panel = 0; panel < tiles.Panels; panel++)
            Multiply(new(tiles.Panel(panel, Tile.Bytes(Type)), tiles.TileStride, tiles.Count), inputs, inputStride, rows, output + panel * Tile.Rows, outputStride, add);
    }
}
