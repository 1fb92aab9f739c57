using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted.Matrices;

/// <summary>Code in vectors that gives a single row the bits of <see cref="MatrixCode"/>: two chains per tile, of the pairs' lower and of their upper BF16.</summary>
/// <remarks>To give matrix registers their shapes takes time in which memory rests, and with one row they have a sixteenth of their work.</remarks>
internal static class LoneRowCode
{
    /// <summary>Rows.</summary>
    public const int MaxRows = 1;

    // Rounding to nearest, no exceptions, subnormals as zeros: what matrix instructions do, whatever the thread wants.
    private const int MatrixRounding = 0x9FC0;

    private const int Pairs = Tile.Columns / 2, PairBytes = 2 * sizeof(ushort), HalfBits = 16, UpperHalf = unchecked((int)0xFFFF_0000);

    private static readonly Memory Rounding = new(Register.Rsp, -4), OwnRounding = new(Register.Rsp, -8);
    private static readonly Zmm Lower = new(16), Upper = new(17), LowerInput = new(18), UpperInput = new(19), UpperMask = new(20);

    /// <summary>Emits the kernel of one row and one or two panels.</summary>
    public static void Emit(Assembler code, KernelShape shape)
    {
        SumRegisters outputs = new(0, shape), lowerSums = new(24, new KernelShape(MaxRows)), upperSums = new(28, new KernelShape(MaxRows));
        code.Stmxcsr(OwnRounding);
        code.Mov(Rounding, MatrixRounding);
        code.Ldmxcsr(Rounding);
        code.Mov(Register.Rax, UpperHalf);
        code.Vpbroadcastd(UpperMask, Register.Rax);

        var walk = new TileWalk(Tile.Bytes(WeightType.BF16), Pairs, PairBytes, BrainFloatPairs.InputBytes, FetchAhead.Of(WeightType.BF16));
        new ProductFrame(code, shape, walk).Emit(
            outputs,
            emitStep: _ => EmitPair(code, lowerSums, upperSums),
            emitBefore: () => ForEachVector(vector =>
            {
                code.Vpxord(lowerSums[0, vector], lowerSums[0, vector], lowerSums[0, vector]);
                code.Vpxord(upperSums[0, vector], upperSums[0, vector], upperSums[0, vector]);
            }),
            emitBehind: panel => ForEachVector(vector =>
            {
                code.Vaddps(lowerSums[0, vector], lowerSums[0, vector], upperSums[0, vector]);
                code.Vaddps(outputs[0, panel, vector], outputs[0, panel, vector], lowerSums[0, vector]);
            }),
            emitLast: () => code.Ldmxcsr(OwnRounding));
    }

    private static void EmitPair(Assembler code, SumRegisters lowerSums, SumRegisters upperSums)
    {
        code.Vpbroadcastd(UpperInput, ProductFrame.Input(0, 0));
        code.Vpslld(LowerInput, UpperInput, HalfBits);
        code.Vpandd(UpperInput, UpperInput, UpperMask);
        ForEachVector(vector =>
        {
            code.Vpslld(Lower, ProductFrame.Weight(vector * ProductFrame.VectorBytes), HalfBits);
            code.Vpandd(Upper, UpperMask, ProductFrame.Weight(vector * ProductFrame.VectorBytes));
            code.Vfmadd231ps(lowerSums[0, vector], Lower, LowerInput);
            code.Vfmadd231ps(upperSums[0, vector], Upper, UpperInput);
        });
    }

    private static void ForEachVector(Action<int> emit)
    {
        for (var vector = 0; vector < ProductFrame.Vectors; vector++)
            emit(vector);
    }
}
