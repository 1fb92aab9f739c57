using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>Weights as the register tiles read them: tiles of steps, every step a row of lanes.</summary>
/// <param name="start">The first step.</param>
/// <param name="tileStride">Bytes from one tile to the next.</param>
/// <param name="tiles">Number of tiles.</param>
/// <param name="stepStride">Bytes from one step to the next.</param>
/// <param name="steps">Steps of a tile.</param>
/// <param name="ahead">Bytes from what is read to what should be fetched from memory meanwhile.</param>
internal readonly unsafe struct WeightStream(byte* start, nint tileStride, int tiles, nint stepStride, int steps, nint ahead)
{
    public byte* Start { get; } = start;

    public nint TileStride { get; } = tileStride;

    public int Tiles { get; } = tiles;

    public nint StepStride { get; } = stepStride;

    public int Steps { get; } = steps;

    public nint Ahead { get; } = ahead;

    /// <summary>What is fetched with a step of 64 outputs, a line with every 16.</summary>
    public FetchedLines Lines { get; init; } = FetchedLines.OfOne(stepStride);

    /// <summary>Whether one row also asks for them with <see cref="Prefetch.Far"/>; keys and values lie in a cache.</summary>
    public bool AsksFar { get; init; }

    /// <summary>Bytes from one output's weights to the line that is fetched with them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint AheadOf(int lane)
    {
        var bytes = lane * sizeof(float) % (4 * Prefetch.CacheLine);
        return Ahead + Lines[bytes / Prefetch.CacheLine] - bytes;
    }
}
