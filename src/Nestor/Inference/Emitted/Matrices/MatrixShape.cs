namespace Nestor.Inference.Emitted.Matrices;

/// <summary>How the eight matrix registers are used: four for sums, two for inputs, two for weights.</summary>
/// <param name="RowBlocks">Blocks of up to 16 rows: 1 with all outputs of a panel, or 2 with half of them.</param>
internal readonly record struct MatrixShape(int RowBlocks)
{
    private const int Sums = 4, Inputs = 2, Weights = 2;

    /// <summary>Vectors of 16 outputs.</summary>
    public int Vectors => Sums / RowBlocks;

    /// <summary>The register of 16 outputs of a block of rows.</summary>
    public Tmm Sum(int block, int vector) => new(block * Vectors + vector);

    /// <summary>The register of a block's inputs.</summary>
    public Tmm Input(int block) => new(Sums + block);

    /// <summary>The register of the weights of 16 outputs; two take turns.</summary>
    public Tmm Weight(int vector) => new(Sums + Inputs + vector % Weights);
}
