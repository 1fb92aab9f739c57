namespace Nestor.Inference.Kernels;

/// <summary>Neighbouring tiles of one panel: 64 outputs.</summary>
/// <param name="start">The first tile.</param>
/// <param name="stride">Bytes from one tile to the next.</param>
/// <param name="count">Number of tiles.</param>
internal readonly unsafe struct PanelTiles(byte* start, nint stride, int count)
{
    public byte* Start { get; } = start;

    public nint Stride { get; } = stride;

    public int Count { get; } = count;

    /// <summary>The first of the tiles that will be multiplied after these, as far from one another; null if nobody knows. Kernels may ask for them meanwhile.</summary>
    public byte* Following { get; init; }
}
