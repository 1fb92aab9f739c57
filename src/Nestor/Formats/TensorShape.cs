using System.Collections.Immutable;

namespace Nestor.Formats;

/// <summary>Arithmetic on shapes that a file or a caller claims, and so may be absurd.</summary>
internal static class TensorShape
{
    /// <summary>Elements of a shape; a scalar has one. False when a size is negative or the number of bytes does not fit 63 bits.</summary>
    public static bool TryCount(ReadOnlySpan<long> shape, TensorType type, out long count)
    {
        count = 0;
        long bytes = type.Size;
        foreach (var size in shape)
        {
            if (size < 0 || size > long.MaxValue / bytes)
                return false;
            bytes *= Math.Max(1, size);
        }

        if (!shape.Contains(0L))
            count = bytes / type.Size;
        return true;
    }

    /// <summary>The shape as messages show it: <c>[4096, 256]</c>.</summary>
    public static string Print(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <inheritdoc cref="Print(ReadOnlySpan{long})"/>
    public static string Print(ImmutableArray<long> shape) => Print(shape.AsSpan());
}
