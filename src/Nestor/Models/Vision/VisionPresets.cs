namespace Nestor.Models.Vision;

/// <summary>Shapes of vision models with a name. Pictures and classes are those of the data set that comes first to mind; data sets of other sizes change them.</summary>
public static class VisionPresets
{
    private static readonly Dictionary<string, VisionConfig> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["vit-nano"] = Square(image: 28, patch: 4, channels: 1, classes: 10, hidden: 64, layers: 4, heads: 4),
        ["vit-micro"] = Square(image: 32, patch: 4, channels: 3, classes: 10, hidden: 128, layers: 6, heads: 4),
        ["vit-ti16"] = Square(image: 224, patch: 16, channels: 3, classes: 1000, hidden: 192, layers: 12, heads: 3),
        ["vit-s16"] = Square(image: 224, patch: 16, channels: 3, classes: 1000, hidden: 384, layers: 12, heads: 6),
        ["vit-b16"] = Square(image: 224, patch: 16, channels: 3, classes: 1000, hidden: 768, layers: 12, heads: 12),
        ["vit-l16"] = Square(image: 224, patch: 16, channels: 3, classes: 1000, hidden: 1024, layers: 24, heads: 16),
    };

    /// <summary>The names, smallest model first; the paper's models are the last two (MatFormer §4.2).</summary>
    public static IReadOnlyCollection<string> Names => ByName.Keys;

    /// <summary>The shape of a name.</summary>
    /// <exception cref="NestorException">No preset has the name.</exception>
    public static VisionConfig Get(string name) =>
        ByName.TryGetValue(name, out var config)
            ? config
            : throw new NestorException($"There is no vision preset '{name}'; choose one of {string.Join(", ", Names)}.");

    private static VisionConfig Square(int image, int patch, int channels, int classes, int hidden, int layers, int heads) => new()
    {
        ImageSize = image,
        PatchSize = patch,
        Channels = channels,
        HiddenSize = hidden,
        FullWidths = WidthPlan.Uniform(4 * hidden, layers),
        Heads = heads,
        Classes = classes,
        Mean = [.. Enumerable.Repeat(0.5f, channels)],
        StandardDeviation = [.. Enumerable.Repeat(0.5f, channels)],
        Granularities = Granularity.Paper(4 * hidden),
    };
}
