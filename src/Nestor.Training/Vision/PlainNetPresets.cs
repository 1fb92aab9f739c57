using Nestor.Models;

namespace Nestor.Training.Vision;

/// <summary>Three small networks that differ in how they look at an image, for committees.</summary>
public static class PlainNetPresets
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["small", "wide-filters", "patches"];

    /// <summary>A shape, still to be fitted to images.</summary>
    /// <exception cref="NestorException">There is no such preset.</exception>
    public static PlainNetConfig Get(string name) => name switch
    {
        "small" => Of([new(16, 3, 2), new(32, 3, 2), new(48, 3, 1)], pool: true, hidden: 64),
        "wide-filters" => Of([new(16, 5, 2), new(32, 5, 2)], pool: false, hidden: 96),
        "patches" => Of([new(64, 4, 4), new(48, 1, 1), new(48, 3, 1)], pool: false, hidden: 96),
        _ => throw new NestorException($"'{name}' is not a preset; choose {string.Join(", ", Names)}."),
    };

    private static PlainNetConfig Of(IReadOnlyList<PlainConvolution> convolutions, bool pool, int hidden) => new()
    {
        ImageSize = 32,
        Convolutions = convolutions,
        Pool = pool,
        FullWidths = new WidthPlan([hidden]),
        Classes = 10,
        Granularities = [new Granularity("XL", hidden)],
    };
}
