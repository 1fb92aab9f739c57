namespace Nestor.Models;

/// <summary>A named width that a nested model was trained at: the first <paramref name="Width"/> neurons of every feed-forward block.</summary>
/// <param name="Name">The name plans use, such as <c>S</c> or <c>XL</c>.</param>
/// <param name="Width">Feed-forward neurons kept in each layer, m_i in the MatFormer paper (§3.1).</param>
public readonly record struct Granularity(string Name, int Width)
{
    private static readonly string[] PaperNames = ["S", "M", "L", "XL"];

    /// <summary>The paper's four granularities of a block: an eighth, a quarter, a half and all of its neurons, named S, M, L and XL.</summary>
    /// <param name="feedForwardSize">Neurons of the full block; must be a multiple of 8.</param>
    /// <exception cref="NestorException">The size is not a positive multiple of 8.</exception>
    public static IReadOnlyList<Granularity> Paper(int feedForwardSize)
    {
        if (feedForwardSize <= 0 || feedForwardSize % 8 != 0)
            throw new NestorException($"A feed-forward size of {feedForwardSize} cannot be divided into S, M, L and XL; choose a positive multiple of 8.");
        return [.. PaperNames.Select((name, i) => new Granularity(name, feedForwardSize >> (PaperNames.Length - 1 - i)))];
    }

    /// <summary>What is wrong with the granularities of a model, one text for each problem.</summary>
    /// <param name="granularities">Narrowest first.</param>
    /// <param name="full">The model's widths.</param>
    internal static IEnumerable<string> Problems(IReadOnlyList<Granularity> granularities, WidthPlan full)
    {
        for (var i = 0; i < granularities.Count; i++)
        {
            var (name, width) = granularities[i];
            if (string.IsNullOrWhiteSpace(name) || !char.IsAsciiLetter(name[0]) || !name.All(char.IsAsciiLetterOrDigit))
                yield return $"the granularity name '{name}' must be letters and digits and begin with a letter";
            if (i > 0 && width <= granularities[i - 1].Width)
                yield return $"granularity {name} ({width}) must be wider than {granularities[i - 1].Name} ({granularities[i - 1].Width})";
            if (width <= 0 || width > full.Widest)
                yield return $"granularity {name} ({width}) must be between 1 and the widest layer ({full.Widest})";
            if (granularities.Take(i).Any(g => string.Equals(g.Name, name, StringComparison.OrdinalIgnoreCase)))
                yield return $"granularity {name} appears twice";
        }
    }
}
