using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Code that multiplies Q8 and Q4 tiles: one <c>vpdpbusd</c> for four columns, 16 outputs and a row, then the scales once per tile.</summary>
/// <remarks>
/// The instruction wants unsigned weights, so the tiles hold <c>q + 128</c> or <c>q + 8</c>; integer sums begin with -128 or -8 times the sum of the
/// inputs, which takes the offset away exactly. A tile takes 10 multiplications for 8 that count, hence at most 80 % of the peak. Between the
/// steps of one tile and of the next a processor foresees less than with floats: one row asks for its weights ahead.
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

    private const int QuadBytes = 4, NibbleBits = 4, HalfBits = 16, ScaleBytes = Tile.Rows * sizeof(ushort);

    private static readonly Zmm[] Weights = [new(24), new(25), new(26), new(27)];
    private static readonly Zmm Input = new(28), Nibbles = new(29), Scale = new(30);

    /// <summary>Emits the Q8 kernel of a shape: a step is four columns.</summary>
    public static void Emit(Assembler code, KernelShape shape) => Emit(code, shape, WeightType.Q8, quadsOfStep: 1, LoadBytes);

    /// <summary>Emits the Q4 kernel of a shape: a step is eight columns.</summary>
    public static void EmitNibbles(Assembler code, KernelShape shape)
    {
        code.Mov(Register.Rax, 0x0F0F0F0F);
        code.Vpbroadcastd(Nibbles, Register.Rax);
        Emit(code, shape, WeightType.Q4, quadsOfStep: 2, LoadNibbles);
    }

    private static void Emit(Assembler code, KernelShape shape, WeightType type, int quadsOfStep, Action<Assembler, Zmm, Memory, int> load)
    {
        SumRegisters integers = new(0, shape with { Panels = 1 }), outputs = new(MaxRows * ProductFrame.Vectors, shape);
        var frame = new ProductFrame(code, shape, new TileWalk(Tile.Bytes(type), Tile.Columns / (quadsOfStep * QuadBytes), quadsOfStep * QuadBytes, InputBytes, FetchAhead.Of(type)));
        frame.Emit(
            outputs,
            emitStep: _ => EmitQuads(code, shape.Rows, quadsOfStep, integers, load),
            emitBefore: () => EmitBeginning(code, shape.Rows, integers),
            emitBehind: panel => EmitScales(code, shape.Rows, panel, frame, integers, outputs));
    }

    private static void EmitBeginning(Assembler code, int rows, SumRegisters integers)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var vector = 0; vector < Weights.Length; vector++)
                code.Vpbroadcastd(integers[row, vector], ProductFrame.Input(row, BeginningAt));
        }
    }

    private static void EmitQuads(Assembler code, int rows, int quads, SumRegisters integers, Action<Assembler, Zmm, Memory, int> load)
    {
        for (var quad = 0; quad < quads; quad++)
        {
            for (var vector = 0; vector < Weights.Length; vector++)
                load(code, Weights[vector], ProductFrame.Weight(vector * ProductFrame.VectorBytes), quad);

            for (var row = 0; row < rows; row++)
            {
                code.Vpbroadcastd(Input, ProductFrame.Input(row, quad * QuadBytes));
                for (var vector = 0; vector < Weights.Length; vector++)
                    code.Vpdpbusd(integers[row, vector], Weights[vector], Input);
            }
        }
    }

    // Behind the steps: addresses count from there.
    private static void EmitScales(Assembler code, int rows, int panel, ProductFrame frame, SumRegisters integers, SumRegisters outputs)
    {
        for (var line = 0; line < ScaleBytes / ProductFrame.VectorBytes; line++)
            frame.EmitFetch(line);
        for (var vector = 0; vector < Weights.Length; vector++)
        {
            code.Vpmovzxwd(Weights[vector], ProductFrame.Weight(vector * ProductFrame.VectorBytes / 2));
            code.Vpslld(Weights[vector], Weights[vector], HalfBits);
        }

        for (var row = 0; row < rows; row++)
        {
            for (var vector = 0; vector < Weights.Length; vector++)
            {
                code.Vmulps(Scale, Weights[vector], VectorOperand.Broadcast(ProductFrame.Input(row, ScaleAt - Tile.Columns)));
                code.Vcvtdq2ps(integers[row, vector], integers[row, vector]);
                code.Vfmadd231ps(outputs[row, panel, vector], integers[row, vector], Scale);
            }
        }
    }

    private static void LoadBytes(Assembler code, Zmm weights, Memory bytes, int quad) => code.Vmovdqu32(weights, bytes);

    /// <summary>The first quad is the low nibbles, the second the high nibbles of the same bytes.</summary>
    private static void LoadNibbles(Assembler code, Zmm weights, Memory octet, int quad)
    {
        if (quad == 0)
        {
            code.Vpandd(weights, Nibbles, octet);
            return;
        }

        code.Vpsrld(weights, octet, NibbleBits);
        code.Vpandd(weights, weights, Nibbles);
    }
}
