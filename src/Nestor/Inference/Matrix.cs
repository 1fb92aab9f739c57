namespace Nestor.Inference;

/// <summary>A weight matrix in memory: (rows, columns), rows <see cref="Stride"/> floats apart.</summary>
internal readonly unsafe struct Matrix(float* data, int rows, int columns, int stride)
{
    public int Rows => rows;

    public int Columns => columns;

    public int Stride => stride;

    public float* Row(int row) => data + (nint)row * stride;

    /// <summary>The first rows: a narrower gate or up projection, without a copy.</summary>
    public Matrix FirstRows(int count) => new(data, count, columns, stride);

    /// <summary>The first columns: a narrower down projection, without a copy.</summary>
    public Matrix FirstColumns(int count) => new(data, rows, count, stride);
}
