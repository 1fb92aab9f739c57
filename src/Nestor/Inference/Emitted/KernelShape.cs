namespace Nestor.Inference.Emitted;

/// <summary>What one call of a kernel computes.</summary>
/// <param name="Rows">Rows of activations.</param>
/// <param name="Panels">Panels of outputs whose tiles take turns in memory.</param>
internal readonly record struct KernelShape(int Rows, int Panels = 1)
{
    /// <summary>Vectors in a row of outputs.</summary>
    public int Vectors => Panels * ProductFrame.Vectors;
}
