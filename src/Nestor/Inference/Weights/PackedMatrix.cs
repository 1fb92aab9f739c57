using Nestor.Inference.Kernels;

namespace Nestor.Inference.Weights;

/// <summary>A weight matrix as tiles in memory; see <see cref="Tile"/>. In feed-forward blocks a width is a prefix of these tiles.</summary>
/// <param name="data">The first tile, aligned to a cache line. Whoever made the matrix keeps the memory alive.</param>
/// <param name="type">Type of the tiles.</param>
/// <param name="rows">Outputs.</param>
/// <param name="columns">Inputs.</param>
/// <param name="order">Order of the tiles.</param>
internal sealed unsafe class PackedMatrix(byte* data, WeightType type, int rows, int columns, TileOrder order)
{
    /// <summary>Most panels of a group, a power of two.</summary>
    public const int LargestGroup = 2;

    private readonly int tileBytes = Tile.Bytes(type);
    private readonly int groupPanels = order == TileOrder.RowsFirst ? 1 : LargestGroup;

    public WeightType Type => type;

    public int Rows => rows;

    public int Columns => columns;

    public TileOrder Order => order;

    /// <summary>Blocks of 64 rows.</summary>
    public int Panels => PanelsOf(rows);

    /// <summary>Blocks of 32 columns.</summary>
    public int Tiles => TilesOf(columns);

    /// <summary>Bytes of all tiles.</summary>
    public long ByteCount => BytesOf(type, rows, columns);

    /// <summary>Blocks of 64 that hold a number of rows.</summary>
    public static int PanelsOf(int rows) => (int)(((long)rows + Tile.Rows - 1) / Tile.Rows);

    /// <summary>Blocks of 32 that hold a number of columns.</summary>
    public static int TilesOf(int columns) => (int)(((long)columns + Tile.Columns - 1) / Tile.Columns);

    /// <summary>Bytes of a packed matrix; <see cref="long.MaxValue"/> for a claimed shape whose number does not fit.</summary>
    public static long BytesOf(WeightType type, int rows, int columns) =>
        (long)Int128.Min((Int128)Tile.Bytes(type) * PanelsOf(rows) * TilesOf(columns), long.MaxValue);

    /// <summary>Groups that hold the first panels: stretches of memory, each with all tiles of one or two panels in the order of their columns.</summary>
    public int GroupsOf(int panels) => (panels + groupPanels - 1) / groupPanels;

    /// <summary>The first panel of some neighbouring groups, and the one behind their last.</summary>
    public (int First, int End) PanelsOf(int firstGroup, int endGroup) => (firstGroup * groupPanels, Math.Min(endGroup * groupPanels, Panels));

    /// <summary>The tiles of neighbouring panels as streams, as many as are alike.</summary>
    /// <param name="panel">The first panel, the first of a group.</param>
    /// <param name="endPanel">Behind the last panel wanted.</param>
    /// <param name="tile">The first tile of each.</param>
    /// <param name="endTile">Behind the last tile.</param>
    public TileStreams Streams(int panel, int endPanel, int tile, int endTile)
    {
        var turns = Math.Min(groupPanels, endPanel - panel);
        var streams = Math.Min((endPanel - panel) / turns, Prefetch.Streams) switch { >= 4 => 4, >= 2 => 2, _ => 1 };
        return new TileStreams(TileAt(panel, tile), TileStride(panel), endTile - tile, turns, streams, (nint)turns * Tiles * tileBytes);
    }

    /// <summary>Address of one tile.</summary>
    public byte* TileAt(int panel, int tile)
    {
        var first = FirstOfGroup(panel);
        return data + ((nint)first * Tiles + (panel - first)) * tileBytes + tile * TileStride(panel);
    }

    /// <summary>Address of the same tile of the next panel; null behind the last one.</summary>
    public byte* TileBehind(int panel, int tile) => panel + 1 < Panels ? TileAt(panel + 1, tile) : null;

    /// <summary>Bytes from one tile of a panel to the next.</summary>
    public nint TileStride(int panel) => (nint)tileBytes * Math.Min(groupPanels, Panels - FirstOfGroup(panel));

    /// <summary>One row as floats, such as a token's embedding; the other rows of its tiles are not unpacked.</summary>
    /// <param name="row">The row.</param>
    /// <param name="destination">(columns) receives the weights.</param>
    public void ReadRow(int row, float* destination)
    {
        var (panel, inPanel) = (row / Tile.Rows, row % Tile.Rows);
        var whole = columns / Tile.Columns;
        for (var tile = 0; tile < whole; tile++)
            TileRow.Read(type, TileAt(panel, tile), inPanel, new Span<float>(destination + tile * Tile.Columns, Tile.Columns));
        if (whole == Tiles)
            return;

        Span<float> last = stackalloc float[Tile.Columns];
        TileRow.Read(type, TileAt(panel, whole), inPanel, last);
        last[..(columns % Tile.Columns)].CopyTo(new Span<float>(destination + whole * Tile.Columns, columns % Tile.Columns));
    }

    private int FirstOfGroup(int panel) => panel & -groupPanels;
}
