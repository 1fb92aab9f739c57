namespace Nestor.Inference.Weights;

/// <summary>In which order a packed matrix keeps its tiles.</summary>
internal enum TileOrder
{
    /// <summary>All tiles of 64 rows, then those of the next 64: the first rows are a prefix. Everything but down projections.</summary>
    RowsFirst,

    /// <summary>All tiles of 32 columns, then those of the next 32: the first columns are a prefix. Down projections, whose columns are neurons.</summary>
    ColumnsFirst,
}
