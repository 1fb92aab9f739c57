using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Code that multiplies F32 and F16 tiles: one fused multiply-add for a column, 16 outputs and a row.</summary>
internal static class FloatCode
{
    /// <summary>Rows of the largest register tile: 24 sums, 4 vectors of weights, 1 of inputs.</summary>
    public const int MaxRows = 6;

    /// <summary>Bytes of 32 prepared inputs.</summary>
    public const int InputBytes = Tile.Columns * sizeof(float);

    private const int HalfBits = 16, HalfPairBytes = 2 * sizeof(ushort);

    /// <summary>Emits the F32 kernel of a number of rows.</summary>
    public static void Emit(Assembler code, int rows) => Emit(code, rows, LoadFloats);

    /// <summary>Emits the F16 kernel of a number of rows.</summary>
    public static void EmitHalf(Assembler code, int rows) => Emit(code, rows, LoadHalves);

    /// <summary>Emits a function of an F16 tile (rdi) that writes the same weights as an F32 tile (rsi).</summary>
    public static void EmitWidening(Assembler code)
    {
        for (var column = 0; column < Tile.Columns; column++)
        {
            for (var vector = 0; vector < ProductFrame.Vectors; vector++)
            {
                Zmm weights = new(vector);
                LoadHalves(code, weights, column, vector);
                code.Vmovups(new Memory(Register.Rsi, FloatsAt(column, vector)), weights);
            }
        }

        code.Vzeroupper();
        code.Ret();
    }

    private static void Emit(Assembler code, int rows, Action<Assembler, Zmm, int, int> load)
    {
        var frame = new ProductFrame(code, InputBytes);
        var sums = new SumRegisters(0, rows);
        Zmm[] weights = [new(24), new(25), new(26), new(27)];
        Zmm input = new(28);

        frame.Emit(sums, () =>
        {
            for (var column = 0; column < Tile.Columns; column++)
            {
                for (var vector = 0; vector < ProductFrame.Vectors; vector++)
                    load(code, weights[vector], column, vector);

                for (var row = 0; row < rows; row++)
                {
                    code.Vbroadcastss(input, ProductFrame.Input(row, column * sizeof(float)));
                    for (var vector = 0; vector < ProductFrame.Vectors; vector++)
                        code.Vfmadd231ps(sums[row, vector], weights[vector], input);
                }
            }
        });
    }

    private static void LoadFloats(Assembler code, Zmm weights, int column, int vector) =>
        code.Vmovups(weights, ProductFrame.Weight(FloatsAt(column, vector)));

    private static int FloatsAt(int column, int vector) => column * Tile.Rows * sizeof(float) + vector * ProductFrame.VectorBytes;

    /// <summary>A pair's first column lies in the upper halves of its vectors, the second in the lower.</summary>
    private static void LoadHalves(Assembler code, Zmm weights, int column, int vector)
    {
        var pairs = ProductFrame.Weight(column / 2 * Tile.Rows * HalfPairBytes + vector * ProductFrame.VectorBytes);
        if (column % 2 == 0)
            code.Vpsrld(weights, pairs, HalfBits);
        else
            code.Vmovdqu32(weights, pairs);
        code.Vpmovdw(weights.Lower, weights);
        code.Vcvtph2ps(weights, weights.Lower);
    }
}
