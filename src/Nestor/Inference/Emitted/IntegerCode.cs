using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Code that multiplies Q8 and Q4 tiles: one <c>vpdpbusd</c> for four columns, 16 outputs and a row, then the scales once per tile.</summary>
/// <remarks>
/// The instruction wants unsigned weights, so the tiles hold <c>q + 128</c> or <c>q + 8</c>; integer sums begin with -128 or -8 times the sum of the
/// inputs, which takes the offset away exactly. A tile takes 10 multiplications for 8 that count, hence at most 80 % of the peak.
/// </remarks>
internal static class IntegerCode
{
    /// <summary>Rows of the largest register tile: 12 integer sums, 12 outputs, 4 vectors of weights, 1 of inputs, 2 more.</summary>
    public const int MaxRows = 3;

    /// <summary>Bytes of 32 prepared inputs: 32 integers of 8 bits, the scale, and what integer sums begin with.</summary>
    public const int InputBytes = ScaleAt + sizeof(float) + sizeof(int);

    /// <summary>Where the scale is in prepared inputs.</summary>
    public const int ScaleAt = Tile.Columns;

    /// <summary>Where the beginning of integer sums is in prepared inputs.</summary>
    public const int BeginningAt = ScaleAt + sizeof(float);

    private const int Quads = Tile.Columns / 4, QuadBytes = 4, NibbleBits = 4, HalfBits = 16;

    private static readonly Zmm[] Weights = [new(24), new(25), new(26), new(27)];
    private static readonly Zmm Input = new(28), Nibbles = new(29), Scale = new(30);

    /// <summary>Emits the Q8 kernel of a number of rows.</summary>
    public static void Emit(Assembler code, int rows) => Emit(code, rows, LoadBytes, Tile.Rows * Tile.Columns);

    /// <summary>Emits the Q4 kernel of a number of rows.</summary>
    public static void EmitNibbles(Assembler code, int rows)
    {
        code.Mov(Register.Rax, 0x0F0F0F0F);
        code.Vpbroadcastd(Nibbles, Register.Rax);
        Emit(code, rows, LoadNibbles, Tile.Rows * Tile.Columns / 2);
    }

    private static void Emit(Assembler code, int rows, Action<Assembler, int, int> load, int scalesAt)
    {
        SumRegisters integers = new(0, rows), outputs = new(MaxRows * ProductFrame.Vectors, rows);
        new ProductFrame(code, InputBytes).Emit(outputs, () =>
        {
            EmitIntegers(code, rows, integers, load);
            EmitScales(code, rows, integers, outputs, scalesAt);
        });
    }

    private static void EmitIntegers(Assembler code, int rows, SumRegisters integers, Action<Assembler, int, int> load)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var vector = 0; vector < ProductFrame.Vectors; vector++)
                code.Vpbroadcastd(integers[row, vector], ProductFrame.Input(row, BeginningAt));
        }

        for (var quad = 0; quad < Quads; quad++)
        {
            for (var vector = 0; vector < ProductFrame.Vectors; vector++)
                load(code, quad, vector);

            for (var row = 0; row < rows; row++)
            {
                code.Vpbroadcastd(Input, ProductFrame.Input(row, quad * QuadBytes));
                for (var vector = 0; vector < ProductFrame.Vectors; vector++)
                    code.Vpdpbusd(integers[row, vector], Weights[vector], Input);
            }
        }
    }

    private static void EmitScales(Assembler code, int rows, SumRegisters integers, SumRegisters outputs, int scalesAt)
    {
        for (var vector = 0; vector < ProductFrame.Vectors; vector++)
        {
            code.Vpmovzxwd(Weights[vector], ProductFrame.Weight(scalesAt + vector * ProductFrame.VectorBytes / 2));
            code.Vpslld(Weights[vector], Weights[vector], HalfBits);
        }

        for (var row = 0; row < rows; row++)
        {
            for (var vector = 0; vector < ProductFrame.Vectors; vector++)
            {
                code.Vmulps(Scale, Weights[vector], VectorOperand.Broadcast(ProductFrame.Input(row, ScaleAt)));
                code.Vcvtdq2ps(integers[row, vector], integers[row, vector]);
                code.Vfmadd231ps(outputs[row, vector], integers[row, vector], Scale);
            }
        }
    }

    private static void LoadBytes(Assembler code, int quad, int vector) =>
        code.Vmovdqu32(Weights[vector], ProductFrame.Weight(quad * Tile.Rows * QuadBytes + vector * ProductFrame.VectorBytes));

    /// <summary>The even quads are low nibbles, the odd ones high nibbles of the same bytes.</summary>
    private static void LoadNibbles(Assembler code, int quad, int vector)
    {
        var octet = ProductFrame.Weight(quad / 2 * Tile.Rows * QuadBytes + vector * ProductFrame.VectorBytes);
        if (quad % 2 == 0)
        {
            code.Vpandd(Weights[vector], Nibbles, octet);
            return;
        }

        code.Vpsrld(Weights[vector], octet, NibbleBits);
        code.Vpandd(Weights[vector], Weights[vector], Nibbles);
    }
}
