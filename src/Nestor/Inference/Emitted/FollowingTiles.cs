using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Spreads requests for the tiles that will be multiplied next over the calls that multiply many rows with these: the first rows would otherwise wait for memory.</summary>
/// <remarks>
/// The last calls ask, each for a few other lines of every tile: more at once than a core keeps under way would hold up the work, and what
/// comes too early is driven out of the cache by rows that still pass.
/// </remarks>
/// <param name="tiles">The tiles that are multiplied.</param>
/// <param name="tileBytes">Bytes of a tile.</param>
/// <param name="calls">How many calls multiply them.</param>
internal readonly unsafe struct FollowingTiles(in PanelTiles tiles, int tileBytes, int calls)
{
    /// <summary>Lines of every tile that a call asks for.</summary>
    public const int LinesOfCall = 4;

    private const int BytesOfCall = LinesOfCall * Prefetch.CacheLine;

    private readonly nint distance = tiles.Following == null ? 0 : (nint)(tiles.Following - tiles.Start);
    private readonly int first = Math.Max(0, calls - (tileBytes + BytesOfCall - 1) / BytesOfCall);

    /// <summary>Bytes from a tile to the lines that a call asks for; of the tile itself, which is there already, if it has none to ask for.</summary>
    public nint Distance(int call) => distance == 0 || call < first ? 0 : distance + (call - first) * BytesOfCall;
}
