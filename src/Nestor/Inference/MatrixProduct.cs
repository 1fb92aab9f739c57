namespace Nestor.Inference;

/// <summary>A weight matrix times a block of token vectors.</summary>
internal static unsafe class MatrixProduct
{
    // Rows that stay in the second-level cache while the tokens of a block pass by.
    private const int Panel = 16;

    /// <summary><c>output[t][r] = sum_j matrix[r][j] * input[t][j]</c>.</summary>
    /// <param name="matrix">(rows, columns); each row is read from memory once.</param>
    /// <param name="input">(tokens, columns), dense.</param>
    /// <param name="tokens">Number of token vectors.</param>
    /// <param name="output">(tokens, rows), dense.</param>
    /// <param name="work">Splits the rows.</param>
    public static void Multiply(Matrix matrix, float* input, int tokens, float* output, WorkSplit work) =>
        work.Run(matrix.Rows, (long)matrix.Columns * tokens, (first, end) =>
        {
            for (var row = first; row < end; row += Panel)
                MultiplyPanel(matrix, row, Math.Min(row + Panel, end), input, tokens, output);
        });

    private static void MultiplyPanel(Matrix matrix, int first, int end, float* input, int tokens, float* output)
    {
        int columns = matrix.Columns, rows = matrix.Rows;
        var token = 0;
        for (; token <= tokens - 4; token += 4)
        {
            for (var row = first; row < end; row++)
                DotProduct.OfFour(matrix.Row(row), input + (nint)token * columns, columns, output + (nint)token * rows + row, rows);
        }

        for (; token < tokens; token++)
        {
            for (var row = first; row < end; row++)
                output[(nint)token * rows + row] = DotProduct.Of(matrix.Row(row), input + (nint)token * columns, columns);
        }
    }
}
