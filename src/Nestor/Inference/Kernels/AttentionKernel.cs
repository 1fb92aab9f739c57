namespace Nestor.Inference.Kernels;

/// <summary>What attention computes with one page of the cache: products of 32-bit floats whose sums run over ascending positions or elements.</summary>
/// <remarks>As with <see cref="ProductKernel"/>, every implementation gives the same bits.</remarks>
internal abstract unsafe class AttentionKernel
{
    /// <summary>What reports and tests call it.</summary>
    public abstract string Name { get; }

    /// <summary><c>output[row][lane] = sum_k input[row][k] * panel[k][lane]</c> by one chain of fused multiply-adds per output; adds to what is there where asked.</summary>
    /// <param name="panel">(columns, panelStride) of 32-bit floats, aligned to 64 bytes: a page's keys (elements by positions), or its values (positions by elements).</param>
    /// <param name="panelStride">Floats from one column to the next, a multiple of 16.</param>
    /// <param name="lanes">Outputs of a row: a multiple of 16.</param>
    /// <param name="columns">Length of the sum, any number above 0.</param>
    /// <param name="input">(rows, columns) in floats.</param>
    /// <param name="inputStride">Floats from one row of inputs to the next.</param>
    /// <param name="rows">Number of rows, any number above 0.</param>
    /// <param name="output">(rows, lanes) in floats.</param>
    /// <param name="outputStride">Floats from one row of outputs to the next, a multiple of 16.</param>
    /// <param name="add">Whether to begin with what the output holds, or with zeros.</param>
    public abstract void Multiply(
        float* panel, nint panelStride, int lanes, int columns, float* input, nint inputStride, int rows, float* output, nint outputStride, bool add);

    /// <summary>
    /// Scores to weights, in place: <c>exp(scale * s_i - max) / sum</c>. The sum runs in 16 lanes (position modulo 16) that are added in halves.
    /// </summary>
    /// <param name="scores">(count), in a buffer of whole vectors of 16; what lies behind the scores in the last vector becomes 0.</param>
    /// <param name="count">Number of scores, at least 1.</param>
    /// <param name="scale">Multiplies the scores.</param>
    public abstract void Softmax(float* scores, int count, float scale);
}
