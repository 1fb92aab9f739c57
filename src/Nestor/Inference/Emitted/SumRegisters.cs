namespace Nestor.Inference.Emitted;

/// <summary>The registers that hold a kernel's outputs from its first tile to its last: one for 16 outputs of a row.</summary>
/// <param name="first">Number of the first register.</param>
/// <param name="shape">How many there are.</param>
internal sealed class SumRegisters(int first, KernelShape shape)
{
    /// <summary>The register of 16 outputs of a row.</summary>
    public Zmm this[int row, int vector] => new(first + row * shape.Vectors + vector);

    /// <summary>The register of 16 outputs of a row, counted from the first of a panel.</summary>
    public Zmm this[int row, int panel, int vector] => this[row, panel * ProductFrame.Vectors + vector];

    /// <summary>Emits loads of the outputs.</summary>
    public void EmitLoads(Assembler code) => ForEach((register, output) => code.Vmovups(register, output));

    /// <summary>Emits clearing the registers.</summary>
    public void EmitZeros(Assembler code) => ForEach((register, _) => code.Vpxord(register, register, register));

    /// <summary>Emits stores to the outputs.</summary>
    public void EmitStores(Assembler code) => ForEach((register, output) => code.Vmovups(output, register));

    private void ForEach(Action<Zmm, Memory> emit)
    {
        for (var row = 0; row < shape.Rows; row++)
        {
            for (var vector = 0; vector < shape.Vectors; vector++)
                emit(this[row, vector], ProductFrame.Output(row, vector));
        }
    }
}
