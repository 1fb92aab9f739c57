using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted.Matrices;

/// <summary>Code that multiplies BF16 tiles: one <c>tdpbf16ps</c> for 32 columns, 16 outputs and 16 rows.</summary>
/// <remarks>
/// The calling convention is System V's, as in <see cref="ProductFrame"/>. Two blocks of rows and half of a panel's outputs use each register of inputs
/// and weights twice; up to 16 rows, which may read their weights from memory, take the whole panel and ask for the next tile and the fourth.
/// </remarks>
internal static class MatrixCode
{
    private const int VectorBytes = 64, PairBytes = Tile.Rows * 2 * sizeof(ushort), TileBytes = Tile.Columns / 2 * PairBytes;

    private const Register Tiles = Register.Rdi, TileStride = Register.Rsi, Count = Register.Rdx,
        Inputs = Register.Rcx, LaterInputs = Register.R10, InputStride = Register.R8,
        Outputs = Register.R9, LaterOutputs = LaterInputs, OutputStride = Register.R11, PairStride = Register.Rax;

    private static readonly Memory OutputStrideArgument = new(Register.Rsp, 8), AddArgument = new(Register.Rsp, 16);

    /// <summary>Emits the kernel of a shape.</summary>
    public static void Emit(Assembler code, MatrixShape shape)
    {
        Label zeros = new(), begun = new(), next = new(), done = new();

        code.Mov(OutputStride, OutputStrideArgument);
        PointToLater(code, LaterOutputs, Outputs, OutputStride);
        code.Mov(PairStride, AddArgument);
        code.Cmp(PairStride, 0);
        code.Jz(zeros);
        ForEachSum(shape, code.Tileloadd);
        code.Jmp(begun);
        code.Place(zeros);
        ForEachSum(shape, (sum, _) => code.Tilezero(sum));
        code.Place(begun);

        PointToLater(code, LaterInputs, Inputs, InputStride);
        code.Mov(PairStride, PairBytes);
        code.Cmp(Count, 0);
        code.Jz(done);
        code.Place(next);
        if (shape.RowBlocks == 1)
            EmitFetches(code);
        EmitTile(code, shape);
        code.Add(Tiles, TileStride);
        code.Add(Inputs, BrainFloatPairs.InputBytes);
        code.Add(LaterInputs, BrainFloatPairs.InputBytes);
        code.Sub(Count, 1);
        code.Jnz(next);

        code.Place(done);
        PointToLater(code, LaterOutputs, Outputs, OutputStride);
        ForEachSum(shape, (sum, outputs) => code.Tilestored(outputs, sum));
        code.Ret();
    }

    private static void EmitTile(Assembler code, MatrixShape shape)
    {
        for (var block = 0; block < shape.RowBlocks; block++)
            code.Tileloadd(shape.Input(block), new Memory(block == 0 ? Inputs : LaterInputs, 0, InputStride));
        for (var vector = 0; vector < shape.Vectors; vector++)
        {
            code.Tileloadd(shape.Weight(vector), new Memory(Tiles, vector * VectorBytes, PairStride));
            for (var block = 0; block < shape.RowBlocks; block++)
                code.Tdpbf16ps(shape.Sum(block, vector), shape.Input(block), shape.Weight(vector));
        }
    }

    private static void EmitFetches(Assembler code)
    {
        for (var line = 0; line < TileBytes; line += VectorBytes)
        {
            code.Prefetcht0(new Memory(Tiles, line, TileStride));
            code.Prefetcht1(new Memory(Tiles, line, TileStride, 4));
        }
    }

    private static void PointToLater(Assembler code, Register later, Register first, Register stride)
    {
        code.Lea(later, new Memory(first, 0, stride, 8));
        code.Lea(later, new Memory(later, 0, stride, 8));
    }

    private static void ForEachSum(MatrixShape shape, Action<Tmm, Memory> emit)
    {
        for (var block = 0; block < shape.RowBlocks; block++)
        {
            for (var vector = 0; vector < shape.Vectors; vector++)
                emit(shape.Sum(block, vector), new Memory(block == 0 ? Outputs : LaterOutputs, vector * VectorBytes, OutputStride));
        }
    }
}
