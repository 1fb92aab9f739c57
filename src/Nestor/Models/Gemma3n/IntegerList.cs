using System.Collections.Immutable;
using System.Globalization;
using Nestor.Formats;

namespace Nestor.Models.Gemma3n;

/// <summary>Lists of whole numbers and their products as Python writes them: <c>[2_048 * 8, 16384]</c>. Nothing else is understood, and nothing is executed.</summary>
internal static class IntegerList
{
    /// <summary>More than any list of layers has.</summary>
    private const int Longest = 10_000;

    /// <summary>Reads a list.</summary>
    /// <param name="text">The text.</param>
    /// <param name="place">Where it stands, for errors.</param>
    /// <exception cref="NestorException">The text is no such list, or a number does not fit 32 bits.</exception>
    public static ImmutableArray<int> Parse(string text, string place)
    {
        var trimmed = text.Trim();
        if (trimmed is not ['[', .. var inside, ']'])
            throw Wrong(text, place);
        var items = inside.Split(',', Longest + 1, StringSplitOptions.TrimEntries);
        if (items.Length > Longest)
            throw new NestorException($"{place} has more than {Longest} items; such a list has one for each layer.");
        if (items[^1].Length == 0) // Nothing in the list, or a comma at its end, which Python allows.
            items = items[..^1];
        return [.. items.Select(item => Product(item) ?? throw Wrong(item, place))];
    }

    private static int? Product(string text)
    {
        long product = 1;
        foreach (var factor in text.Split('*', StringSplitOptions.TrimEntries))
        {
            if (Number(factor) is not { } number || product * number > int.MaxValue)
                return null;
            product *= number;
        }

        return (int)product;
    }

    /// <summary>Digits, with single underscores between them.</summary>
    private static int? Number(string text) =>
        !text.StartsWith('_') && !text.EndsWith('_') && !text.Contains("__", StringComparison.Ordinal)
        && int.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static NestorException Wrong(string text, string place) =>
        new($"{Quoted.Quote(text)} in {place} cannot be read; a list of whole numbers and products such as [2_048 * 8, 16384] was wanted.");
}
