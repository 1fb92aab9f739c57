using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Code that multiplies F32 and F16 tiles: one fused multiply-add for a column, 16 outputs and a row.</summary>
internal static class FloatCode
{
    /// <summary>Rows of the largest register tile: 24 sums, 4 vectors of weights, 1 of inputs.</summary>
    public const int MaxRows = 6;

    /// <summary>Bytes of 32 prepared inputs.</summary>
    public const int InputBytes = Tile.Columns * sizeof(float);

    private const int HalfBits = 16;

    /// <summary>Emits the F32 kernel of a shape: a step is a column.</summary>
    public static void Emit(Assembler code, KernelShape shape) => Emit(code, shape, WeightType.F32, columnsOfStep: 1, LoadFloats);

    /// <summary>Emits the F16 kernel of a shape: a step is a pair of columns.</summary>
    public static void EmitHalf(Assembler code, KernelShape shape) => Emit(code, shape, WeightType.F16, columnsOfStep: 2, LoadHalves);

    /// <summary>Emits a function of an F16 tile (rdi) that writes the same weights as an F32 tile (rsi).</summary>
    public static void EmitWidening(Assembler code)
    {
        for (var column = 0; column < Tile.Columns; column++)
        {
            for (var vector = 0; vector < ProductFrame.Vectors; vector++)
            {
                Zmm weights = new(vector);
                var offset = vector * ProductFrame.VectorBytes;
                LoadHalves(code, weights, new(Register.Rdi, column / 2 * ProductFrame.StepBytes + offset), column % 2);
                code.Vmovups(new Memory(Register.Rsi, column * ProductFrame.StepBytes + offset), weights);
            }
        }

        code.Vzeroupper();
        code.Ret();
    }

    private static void Emit(Assembler code, KernelShape shape, WeightType type, int columnsOfStep, Action<Assembler, Zmm, Memory, int> load)
    {
        var sums = new SumRegisters(0, shape);
        Zmm[] weights = [new(24), new(25), new(26), new(27)];
        Zmm input = new(28);

        var walk = new TileWalk(Tile.Bytes(type), Tile.Columns / columnsOfStep, columnsOfStep * sizeof(float), InputBytes, FetchAhead.Of(type));
        new ProductFrame(code, shape, walk).Emit(sums, panel =>
        {
            for (var column = 0; column < columnsOfStep; column++)
            {
                for (var vector = 0; vector < weights.Length; vector++)
                    load(code, weights[vector], ProductFrame.Weight(vector * ProductFrame.VectorBytes), column);

                for (var row = 0; row < shape.Rows; row++)
                {
                    code.Vbroadcastss(input, ProductFrame.Input(row, column * sizeof(float)));
                    for (var vector = 0; vector < weights.Length; vector++)
                        code.Vfmadd231ps(sums[row, panel, vector], weights[vector], input);
                }
            }
        });
    }

    private static void LoadFloats(Assembler code, Zmm weights, Memory floats, int column) => code.Vmovups(weights, floats);

    /// <summary>A pair's first column lies in the upper halves of its vectors, the second in the lower.</summary>
    private static void LoadHalves(Assembler code, Zmm weights, Memory pairs, int column)
    {
        if (column == 0)
            code.Vpsrld(weights, pairs, HalfBits);
        else
            code.Vmovdqu32(weights, pairs);
        code.Vpmovdw(weights.Lower, weights);
        code.Vcvtph2ps(weights, weights.Lower);
    }
}
