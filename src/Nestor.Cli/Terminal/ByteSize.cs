using System.Globalization;

namespace Nestor.Cli.Terminal;

/// <summary>Numbers of bytes as people write them: <c>4GB</c>, <c>500 MB</c>, <c>1.5GiB</c>, <c>4000000000</c>.</summary>
internal static class ByteSize
{
    private static readonly (string Name, long Bytes)[] Units =
    [
        ("KIB", 1L << 10), ("MIB", 1L << 20), ("GIB", 1L << 30), ("TIB", 1L << 40),
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
        ("B", 1), ("", 1),
    ];

    /// <summary>The number of bytes, at least 1; null for a text that is no size.</summary>
    public static long? Parse(string text)
    {
        var given = text.Trim();
        var (name, unit) = Units.First(known => given.EndsWith(known.Name, StringComparison.OrdinalIgnoreCase));
        return double.TryParse(given[..^name.Length].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * unit is >= 1 and < long.MaxValue
            ? (long)(number * unit)
            : null;
    }
}
