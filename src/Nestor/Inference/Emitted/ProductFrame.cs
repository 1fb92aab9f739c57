using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>What all product kernels share: how they receive their arguments, walk over tiles and their steps, and find rows of inputs and outputs.</summary>
/// <remarks>
/// The calling convention is System V's: six arguments lie in registers and three on the stack, behind the return address; the code uses only
/// registers that it need not save. Rows 3 to 5 are addressed from a second pointer, because an address can add one or two strides but not
/// three to five. The steps of a tile are a loop: unrolled, each load would stand for one place of all tiles, and a processor that foresees
/// every load's next address from its last ones (Zen 5) would fetch memory in leaps of a tile.
/// Outputs are read first and written last: in between the register of their stride holds the distance to tiles that follow.
/// </remarks>
/// <param name="code">Receives the instructions.</param>
/// <param name="shape">Rows and panels.</param>
/// <param name="walk">Tiles and steps.</param>
internal sealed class ProductFrame(Assembler code, KernelShape shape, TileWalk walk)
{
    /// <summary>Vectors in a row of a panel's outputs.</summary>
    public const int Vectors = Tile.Rows / 16;

    /// <summary>Bytes of a vector.</summary>
    public const int VectorBytes = 64;

    /// <summary>Bytes of a step's weights.</summary>
    public const int StepBytes = Vectors * VectorBytes;

    private const int MiddleRow = 3;

    private const Register Tiles = Register.Rdi, TileStride = Register.Rsi, Count = Register.Rdx,
        Inputs = Register.Rcx, MiddleInputs = Register.R10, InputStride = Register.R8,
        Outputs = Register.R9, MiddleOutputs = Register.Rax, OutputStride = Register.R11, Steps = MiddleOutputs, ToFollowing = OutputStride;

    private static readonly Memory OutputStrideArgument = new(Register.Rsp, 8), AddArgument = new(Register.Rsp, 16), ToFollowingArgument = new(Register.Rsp, 24);

    /// <summary>An address in the current step of a tile, or behind the last one.</summary>
    public static Memory Weight(int offset) => new(Tiles, offset);

    /// <summary>An address in a row's prepared inputs for the current step, or behind those of the last one.</summary>
    public static Memory Input(int row, int offset) => RowOf(Inputs, MiddleInputs, InputStride, row, offset);

    /// <summary>Address of 16 outputs of a row.</summary>
    public static Memory Output(int row, int vector) => RowOf(Outputs, MiddleOutputs, OutputStride, row, vector * VectorBytes);

    /// <summary>Emits the whole kernel: begin with the outputs or with zeros, repeat the bodies for each tile, store and return.</summary>
    /// <param name="sums">The registers of the outputs.</param>
    /// <param name="emitStep">Emits the work of one step of a panel's tile.</param>
    /// <param name="emitBefore">Emits what precedes the steps of a tile.</param>
    /// <param name="emitBehind">Emits what follows the steps of a panel's tile.</param>
    /// <param name="emitLast">Emits what follows the last tile.</param>
    public void Emit(SumRegisters sums, Action<int> emitStep, Action? emitBefore = null, Action<int>? emitBehind = null, Action? emitLast = null)
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
        code.Mov(ToFollowing, ToFollowingArgument);
        code.Sub(TileStride, (shape.Panels - 1) * walk.TileBytes + walk.StepsBytes);
        code.Cmp(Count, 0);
        code.Jz(done);
        code.Place(next);
        EmitFetchOfFollowing();
        for (var panel = 0; panel < shape.Panels; panel++)
        {
            if (panel > 0)
                EmitNextPanel();
            emitBefore?.Invoke();
            EmitSteps(() => emitStep(panel));
            emitBehind?.Invoke(panel);
        }

        code.Add(Tiles, TileStride);
        EmitAdvance(walk.InputBytesOfTile - walk.InputBytesOfSteps);
        code.Sub(Count, 1);
        code.Jnz(next);

        code.Place(done);
        code.Mov(OutputStride, OutputStrideArgument);
        PointToMiddle(MiddleOutputs, Outputs, OutputStride);
        sums.EmitStores(code);
        emitLast?.Invoke();
        code.Vzeroupper();
        code.Ret();
    }

    /// <summary>Emits a request for weights that one row will need soon; several rows find theirs in a cache.</summary>
    /// <param name="vector">Which vector of a step, or behind the last one.</param>
    public void EmitFetch(int vector)
    {
        if (shape.Rows > 1)
            return;
        if (walk.Ahead.Near > 0)
            code.Prefetcht0(Weight(vector * VectorBytes + walk.Ahead.Near));
        if (walk.Ahead.Far > 0)
            code.Prefetcht1(Weight(vector * VectorBytes + walk.Ahead.Far));
    }

    // Many rows pass by the same tiles, some at a time, and meanwhile ask for the next ones.
    private void EmitFetchOfFollowing()
    {
        if (shape.Rows == 1)
            return;
        for (var line = 0; line < FollowingTiles.LinesOfCall; line++)
            code.Prefetcht1(new(Tiles, line * VectorBytes, ToFollowing));
    }

    private static Memory RowOf(Register first, Register middle, Register stride, int row, int offset)
    {
        var (register, strides) = row < MiddleRow ? (first, row) : (middle, row - MiddleRow);
        return strides == 0 ? new(register, offset) : new(register, offset, stride, strides);
    }

    private void EmitSteps(Action emitStep)
    {
        Label step = new();
        code.Mov(Steps, walk.Steps);
        code.Place(step);
        for (var vector = 0; vector < Vectors; vector++)
            EmitFetch(vector);
        emitStep();
        code.Add(Tiles, StepBytes);
        EmitAdvance(walk.InputBytesOfStep);
        code.Sub(Steps, 1);
        code.Jnz(step);
    }

    // From behind a tile's steps to the tile of the next panel, which meets the same inputs.
    private void EmitNextPanel()
    {
        code.Add(Tiles, walk.TileBytes - walk.StepsBytes);
        EmitAdvance(-walk.InputBytesOfSteps);
    }

    private void EmitAdvance(int inputBytes)
    {
        if (inputBytes == 0)
            return;
        code.Add(Inputs, inputBytes);
        if (shape.Rows > MiddleRow)
            code.Add(MiddleInputs, inputBytes);
    }

    private void PointToMiddle(Register middle, Register first, Register stride)
    {
        code.Lea(middle, new(first, 0, stride, 2));
        code.Add(middle, stride);
    }
}
