using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nestor.Inference.Kernels;

/// <summary>Asks for memory before it is used. A processor follows a stream by itself, but not far enough ahead for a few rows, which use each weight once or twice.</summary>
internal static unsafe class Prefetch
{
    public const int CacheLine = 64;

    /// <summary>Streams of weights that a few rows read side by side, each with its own requests: 4, or 1 with 512 bits, where Zen 4 and Emerald Rapids read four no faster (<c>Nestor.Bench kernels</c>).</summary>
    public static int Streams => Vector512.IsHardwareAccelerated ? 1 : 4;

    /// <summary>Whether a processor with 512 bits brings one row's weights of a type from memory by itself, so that requests for them only get in its way.</summary>
    /// <remarks>Zen 4 all types, Zen 5 floats (measured with <c>Nestor.Bench kernels</c>).</remarks>
    public static bool IsForeseen(WeightType type) => type is WeightType.Q8 or WeightType.Q4 ? Processor.IsZen4 : !Processor.IsIntel;

    /// <summary>Whether one row asks for its weights twice, first <see cref="FarBytes"/> ahead.</summary>
    public static bool AsksFar => Processor.IsIntel;

    /// <summary>How far ahead a single stream of weights is fetched.</summary>
    /// <remarks>
    /// Processors without 512 bits keep less under way (measured on Zen 3, by decoding), and what takes little arithmetic is reached
    /// soon: there a request from far away only displaces others.
    /// </remarks>
    public static int Bytes(WeightType type) => Vector512.IsHardwareAccelerated ? 4096 : type switch
    {
        WeightType.F32 => 512,
        WeightType.BF16 or WeightType.F16 => 1024,
        _ => 2048,
    };

    /// <summary>How far ahead of what one row reads its weights are asked for into the second-level cache, by what asks for them twice.</summary>
    /// <remarks>
    /// Emerald Rapids foresees reads within a page of 4 KB, and the arithmetic of one row lets it see too little of the next one in time:
    /// 5 to 15 % (measured with <c>Nestor.Bench kernels</c>).
    /// </remarks>
    public const int FarBytes = 12288;

    /// <summary>How far ahead one row asks for floats of each of several streams: not for the sake of memory, which the processor foresees, but of the first-level cache.</summary>
    public const int StreamBytes = 512;

    /// <summary>Most rows that meet those streams; more of them meet parts of one panel after the other.</summary>
    public static int StreamRows => Vector512.IsHardwareAccelerated ? 1 : 16;

    /// <summary>
    /// Bytes from the weights in use to those to fetch: <see cref="Bytes"/>, or in whole tiles that much, where the tiles of a panel lie
    /// apart. Of several streams, each stream's next tiles. 0 for one row that the processor foresees.
    /// </summary>
    /// <remarks>A single tile is followed by the next panel's, whatever its stride.</remarks>
    public static nint Distance(WeightType type, in TileStreams tiles, int rows)
    {
        if (tiles.Streams > 1)
            return tiles.TileStride;
        if (rows == 1 && Vector512.IsHardwareAccelerated && IsForeseen(type))
            return 0;
        int bytes = Bytes(type), tileBytes = Tile.Bytes(type);
        return tiles.TileStride == tiles.Turns * tileBytes || tiles.Count == 1 ? bytes : (bytes + tileBytes - 1) / tileBytes * tiles.TileStride;
    }

    /// <summary>The same from the last tile of each panel: several streams are followed by the ones behind them.</summary>
    public static nint DistanceOfLast(WeightType type, in TileStreams tiles, int rows) => tiles.Streams > 1 ? tiles.ToNext : Distance(type, tiles, rows);

    /// <summary>Fetches four lines; the addresses may lie outside of any memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Lines(byte* first, nint second, nint third, nint fourth)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(first);
        Sse.Prefetch0(first + second);
        Sse.Prefetch0(first + third);
        Sse.Prefetch0(first + fourth);
    }

    /// <summary>With 512 bits, fetches the four lines that a single stream reads <see cref="FarBytes"/> later; the address may lie outside of any memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Far(byte* step)
    {
        if (!Vector512.IsHardwareAccelerated || !Sse.IsSupported)
            return;
        step += FarBytes;
        Sse.Prefetch1(step);
        Sse.Prefetch1(step + CacheLine);
        Sse.Prefetch1(step + 2 * CacheLine);
        Sse.Prefetch1(step + 3 * CacheLine);
    }

    /// <summary>Fetches four lines for each step of 64 outputs.</summary>
    public static void Steps(byte* next, in FetchedLines lines, int steps)
    {
        nint second = lines.Second, third = lines.Third, fourth = lines.Fourth;
        for (; steps > 0; steps--, next += lines.Advance)
            Lines(next, second, third, fourth);
    }

    /// <summary>Fetches as many bytes as lanes hold; the address may lie outside of any memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Lanes<T>(byte* address)
        where T : struct, ILanes<T>
    {
        if (!Sse.IsSupported)
            return;
        for (var line = 0; line < T.Count * sizeof(float); line += CacheLine)
            Sse.Prefetch0(address + line);
    }

    /// <summary>Fetches some floats; the address may lie outside of any memory.</summary>
    public static void Floats(float* address, int count)
    {
        if (!Sse.IsSupported)
            return;
        for (var i = 0; i < count; i += CacheLine / sizeof(float))
            Sse.Prefetch0(address + i);
    }
}
