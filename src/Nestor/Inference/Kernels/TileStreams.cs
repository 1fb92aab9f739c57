namespace Nestor.Inference.Kernels;

/// <summary>The tiles that a few rows meet together: of panels that take turns in a stream of memory, and of one or several such streams.</summary>
/// <param name="start">The first tile of the first panel.</param>
/// <param name="tileStride">Bytes from one tile of a panel to its next.</param>
/// <param name="count">Tiles of each panel.</param>
/// <param name="turns">Panels of a stream; the tiles of their same columns follow each other.</param>
/// <param name="streams">Number of streams: 1, 2 or 4.</param>
/// <param name="streamStride">Bytes from one stream to the next.</param>
internal readonly unsafe struct TileStreams(byte* start, nint tileStride, int count, int turns = 1, int streams = 1, nint streamStride = 0)
{
    public byte* Start { get; } = start;

    public nint TileStride { get; } = tileStride;

    public int Count { get; } = count;

    public int Turns { get; } = turns;

    public int Streams { get; } = streams;

    public nint StreamStride { get; } = streamStride;

    /// <summary>Panels of all streams, in the order of their outputs.</summary>
    public int Panels => Turns * Streams;

    /// <summary>Bytes from the last tile of the first panel to what lies behind these streams, where the next ones begin.</summary>
    public nint ToNext => Streams * StreamStride - (Count - 1) * TileStride;

    /// <summary>The same without the first tile of each panel.</summary>
    public TileStreams Next => new(Start + TileStride, TileStride, Count - 1, Turns, Streams, StreamStride);

    /// <summary>The tiles of one panel.</summary>
    public static TileStreams Of(in PanelTiles tiles) => new(tiles.Start, tiles.Stride, tiles.Count);

    /// <summary>The first tile of a panel.</summary>
    public byte* Panel(int panel, int tileBytes) => Start + panel / Turns * StreamStride + panel % Turns * (nint)tileBytes;
}
