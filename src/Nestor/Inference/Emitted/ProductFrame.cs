using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>What all product kernels share: how they receive their arguments, walk over tiles, and find rows of inputs and outputs.</summary>
/// <remarks>
/// The calling convention is System V's: six arguments lie in registers and two on the stack, behind the return address; the code uses only
/// registers that it need not save. Rows 3 to 5 are addressed from a second pointer, because an address can add one or two strides but not
/// three to five. The code has no prefetches: along one linear stream they cost 5 to 15 % of the bandwidth (measured on Zen 4).
/// </remarks>
/// <param name="code">Receives the instructions.</param>
/// <param name="inputBytes">Bytes of 32 prepared inputs.</param>
internal sealed class ProductFrame(Assembler code, int inputBytes)
{
    /// <summary>Vectors in a row of outputs.</summary>
    public const int Vectors = Tile.Rows / 16;

    /// <summary>Bytes of a vector.</summary>
    public const int VectorBytes = 64;

    private const int MiddleRow = 3;

    private const Register Tiles = Register.Rdi, TileStride = Register.Rsi, Count = Register.Rdx,
        Inputs = Register.Rcx, MiddleInputs = Register.R10, InputStride = Register.R8,
        Outputs = Register.R9, MiddleOutputs = Register.Rax, OutputStride = Register.R11;

    private static readonly Memory OutputStrideArgument = new(Register.Rsp, 8), AddArgument = new(Register.Rsp, 16);

    /// <summary>An address in the current tile.</summary>
    public static Memory Weight(int offset) => new(Tiles, offset);

    /// <summary>An address in a row's prepared inputs for the current tile.</summary>
    public static Memory Input(int row, int offset) => RowOf(Inputs, MiddleInputs, InputStride, row, offset);

    /// <summary>Address of 16 outputs of a row.</summary>
    public static Memory Output(int row, int vector) => RowOf(Outputs, MiddleOutputs, OutputStride, row, vector * VectorBytes);

    /// <summary>Emits the whole kernel: begin with the outputs or with zeros, repeat the body for each tile, store and return.</summary>
    /// <param name="sums">The registers of the outputs.</param>
    /// <param name="emitTile">Emits the work of one tile.</param>
    public void Emit(SumRegisters sums, Action emitTile)
    {
        Label zeros = new(), begun = new(), next = new(), done = new();

        code.Mov(OutputStride, OutputStrideArgument);
        PointToMiddle(MiddleOutputs, Outputs, OutputStride);
        code.Mov(MiddleInputs, AddArgument);
        code.Cmp(MiddleInputs, 0);
        code.Jz(zeros);
        sums.EmitLoads(code);
        code.Jmp(begun);
        code.Place(zeros);
        sums.EmitZeros(code);
        code.Place(begun);

        PointToMiddle(MiddleInputs, Inputs, InputStride);
        code.Cmp(Count, 0);
        code.Jz(done);
        code.Place(next);
        emitTile();
        code.Add(Tiles, TileStride);
        code.Add(Inputs, inputBytes);
        code.Add(MiddleInputs, inputBytes);
        code.Sub(Count, 1);
        code.Jnz(next);

        code.Place(done);
        sums.EmitStores(code);
        code.Vzeroupper();
        code.Ret();
    }

    private static Memory RowOf(Register first, Register middle, Register stride, int row, int offset)
    {
        var (register, strides) = row < MiddleRow ? (first, row) : (middle, row - MiddleRow);
        return strides == 0 ? new(register, offset) : new(register, offset, stride, strides);
    }

    private void PointToMiddle(Register middle, Register first, Register stride)
    {
        code.Lea(middle, new(first, 0, stride, 2));
        code.Add(middle, stride);
    }
}
