using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>The four cache lines that are asked for with every four that are used: the next four of one stream, or a part of each of several.</summary>
/// <param name="second">Bytes from the first line to the second.</param>
/// <param name="third">Bytes to the third.</param>
/// <param name="fourth">Bytes to the fourth.</param>
/// <param name="advance">Bytes to the first line of the next four.</param>
internal readonly struct FetchedLines(nint second, nint third, nint fourth, nint advance)
{
    public nint Second { get; } = second;

    public nint Third { get; } = third;

    public nint Fourth { get; } = fourth;

    public nint Advance { get; } = advance;

    /// <summary>Bytes from the first line to one of the four.</summary>
    public nint this[int line]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => line switch { 0 => 0, 1 => Second, 2 => Third, _ => Fourth };
    }

    /// <summary>Of one stream, whose steps lie some bytes apart.</summary>
    public static FetchedLines OfOne(nint step) => new(Prefetch.CacheLine, 2 * Prefetch.CacheLine, 3 * Prefetch.CacheLine, step);

    /// <summary>Of 1, 2 or 4 streams.</summary>
    public static FetchedLines Of(int streams, nint stride) => streams switch
    {
        1 => OfOne(4 * Prefetch.CacheLine),
        2 => new(Prefetch.CacheLine, stride, stride + Prefetch.CacheLine, 2 * Prefetch.CacheLine),
        _ => new(stride, 2 * stride, 3 * stride, Prefetch.CacheLine),
    };
}
