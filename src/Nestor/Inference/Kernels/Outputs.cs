namespace Nestor.Inference.Kernels;

/// <summary>Outputs of products, which register tiles only add to.</summary>
internal static unsafe class Outputs
{
    /// <summary>Sets some outputs of every row to zero.</summary>
    /// <param name="output">(rows, count)</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="count">Outputs of a row.</param>
    /// <param name="stride">Floats from row to row.</param>
    public static void Clear(float* output, int rows, int count, nint stride)
    {
        for (; rows > 0; rows--, output += stride)
            new Span<float>(output, count).Clear();
    }
}
