namespace Nestor.Inference.Kernels;

/// <summary>How far ahead of its use memory is fetched.</summary>
internal static class Prefetch
{
    private const int Bytes = 4096;

    /// <summary>Bytes from the weights in use to those to fetch: a page, or in whole tiles that much, where the tiles of a panel lie apart.</summary>
    /// <remarks>A single tile is followed by the next panel's, whatever its stride.</remarks>
    public static nint Distance(nint tileStride, int tileBytes, int tiles) =>
        tileStride == tileBytes || tiles == 1 ? Bytes : (Bytes + tileBytes - 1) / tileBytes * tileStride;
}
