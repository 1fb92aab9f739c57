using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Nestor.Inference.Kernels;

/// <summary>Asks for memory before it is used. A processor follows a stream by itself, but not far enough ahead for one row, which uses each weight once.</summary>
internal static unsafe class Prefetch
{
    private const int CacheLine = 64;

    /// <summary>How far ahead a linear stream is fetched: what processors without 512 bits keep under way is less.</summary>
    public static int Bytes => Vector512.IsHardwareAccelerated ? 4096 : 2048;

    /// <summary>Bytes from the weights in use to those to fetch: <see cref="Bytes"/>, or in whole tiles that much, where the tiles of a panel lie apart.</summary>
    /// <remarks>A single tile is followed by the next panel's, whatever its stride.</remarks>
    public static nint Distance(nint tileStride, int tileBytes, int tiles) =>
        tileStride == tileBytes || tiles == 1 ? Bytes : (Bytes + tileBytes - 1) / tileBytes * tileStride;

    /// <summary>Fetches as many bytes as lanes hold; the address may lie outside of any memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Lanes<T>(byte* address)
        where T : struct, ILanes<T>
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(address);
        if (T.Count > CacheLine / sizeof(float))
        {
            Sse.Prefetch0(address + CacheLine);
            Sse.Prefetch0(address + 2 * CacheLine);
            Sse.Prefetch0(address + 3 * CacheLine);
        }
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
