using System.Collections.Immutable;
using System.Globalization;
using Nestor.Formats;

namespace Nestor.Models.Gemma3n;

/// <summary>Layers as people write them: <c>20-24</c> or <c>3,20-24</c>.</summary>
internal static class LayerListText
{
    /// <summary>Reads a list; an empty text is no layer.</summary>
    /// <exception cref="NestorException">The text is not a list of different layers of a model.</exception>
    public static ImmutableArray<int> Parse(string text, int layers)
    {
        var list = new SortedSet<int>();
        if (string.IsNullOrWhiteSpace(text))
            return [];
        foreach (var item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = item.Split('-', 2, StringSplitOptions.TrimEntries);
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
                || last < first)
            {
                throw new NestorException($"{Quoted.Quote(item)} in the layers to skip, {Quoted.Quote(text)}, is no layer; write numbers and ranges such as 3,20-24.");
            }

            if (last >= layers)
                throw new NestorException($"The layers to skip, {Quoted.Quote(text)}, go up to {last}; the model has {layers} (0 to {layers - 1}).");
            for (var layer = first; layer <= last; layer++)
            {
                if (!list.Add(layer))
                    throw new NestorException($"The layers to skip, {Quoted.Quote(text)}, name layer {layer} twice.");
            }
        }

        return [.. list];
    }

    /// <summary>Writes a list as text that <see cref="Parse"/> reads back.</summary>
    public static string Print(ImmutableArray<int> layers)
    {
        var items = new List<string>();
        for (int start = 0, end; start < layers.Length; start = end)
        {
            for (end = start + 1; end < layers.Length && layers[end] == layers[end - 1] + 1;)
                end++;
            items.Add(end - start == 1 ? $"{layers[start]}" : $"{layers[start]}-{layers[end - 1]}");
        }

        return string.Join(',', items);
    }
}
