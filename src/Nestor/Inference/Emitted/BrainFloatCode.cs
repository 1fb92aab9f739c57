using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Code that multiplies BF16 tiles: one <c>vdpbf16ps</c> for a pair of columns, 16 outputs and a row.</summary>
/// <remarks>The instruction adds the product of the upper halves first, then that of the lower: the order of the columns in tiles and inputs.</remarks>
internal static class BrainFloatCode
{
    /// <summary>Rows of the largest register tile: 24 sums, 4 vectors of weights, 1 of inputs.</summary>
    public const int MaxRows = 6;

    /// <summary>Bytes of 32 prepared inputs.</summary>
    public const int InputBytes = Tile.Columns * sizeof(ushort);

    private const int Pairs = Tile.Columns / 2, PairBytes = 2 * sizeof(ushort);

    /// <summary>Emits the kernel of a number of rows.</summary>
    public static void Emit(Assembler code, int rows)
    {
        var frame = new ProductFrame(code, InputBytes);
        var sums = new SumRegisters(0, rows);
        Zmm[] weights = [new(24), new(25), new(26), new(27)];
        Zmm input = new(28);

        frame.Emit(sums, () =>
        {
            for (var pair = 0; pair < Pairs; pair++)
            {
                for (var vector = 0; vector < ProductFrame.Vectors; vector++)
                    code.Vmovdqu32(weights[vector], ProductFrame.Weight(pair * Tile.Rows * PairBytes + vector * ProductFrame.VectorBytes));

                for (var row = 0; row < rows; row++)
                {
                    code.Vpbroadcastd(input, ProductFrame.Input(row, pair * PairBytes));
                    for (var vector = 0; vector < ProductFrame.Vectors; vector++)
                        code.Vdpbf16ps(sums[row, vector], weights[vector], input);
                }
            }
        });
    }
}
