using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Code that multiplies BF16 tiles: one <c>vdpbf16ps</c> for a pair of columns, 16 outputs and a row.</summary>
/// <remarks>The instruction adds the product of the upper halves first, then that of the lower: the order of the columns in tiles and inputs.</remarks>
internal static class BrainFloatCode
{
    /// <summary>Rows of the largest register tile: 24 sums, 4 vectors of weights, 1 of inputs.</summary>
    public const int MaxRows = 6;

    private const int Pairs = Tile.Columns / 2, PairBytes = 2 * sizeof(ushort);

    /// <summary>Emits the kernel of a shape.</summary>
    public static void Emit(Assembler code, KernelShape shape)
    {
        var sums = new SumRegisters(0, shape);
        Zmm[] weights = [new(24), new(25), new(26), new(27)];
        Zmm input = new(28);

        var walk = new TileWalk(Tile.Bytes(WeightType.BF16), Pairs, PairBytes, BrainFloatPairs.InputBytes, FetchAhead.Of(WeightType.BF16));
        new ProductFrame(code, shape, walk).Emit(sums, panel =>
        {
            for (var vector = 0; vector < weights.Length; vector++)
                code.Vmovdqu32(weights[vector], ProductFrame.Weight(vector * ProductFrame.VectorBytes));

            for (var row = 0; row < shape.Rows; row++)
            {
                code.Vpbroadcastd(input, ProductFrame.Input(row, 0));
                for (var vector = 0; vector < weights.Length; vector++)
                    code.Vdpbf16ps(sums[row, panel, vector], weights[vector], input);
            }
        });
    }
}
