namespace Nestor.Inference.Weights;

/// <summary>In which order a packed matrix keeps its tiles.</summary>
internal enum TileOrder
{
    /// <summary>All tiles of 64 rows, then those of the next 64: the first rows are a prefix. Everything but down projections.</summary>
    RowsFirst,

    /// <summary>
    /// Of 128 rows all tiles of 32 columns, then those of the next 32; then the next 128 rows: the first columns are a prefix of every 128 rows. Down
    /// projections, whose columns are neurons.
    /// </summary>
    /// <remarks>A thread that computes 128 outputs of any width reads one stream, which is faster than every second piece of a stream that all threads share.</remarks>
    ColumnsFirst,
}
