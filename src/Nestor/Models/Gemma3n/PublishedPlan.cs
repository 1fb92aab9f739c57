using System.Collections.Immutable;
using Nestor.Formats;

namespace Nestor.Models.Gemma3n;

/// <summary>A named plan for Gemma 3n E4B, as Google published them.</summary>
/// <param name="Name">Its name, such as <c>Config for E2.98B (block-level)</c>.</param>
/// <param name="Plan">What it keeps.</param>
public sealed record PublishedPlan(string Name, Gemma3nPlan Plan)
{
    private const string Lead = "Config for ";

    // Google's two trained widths, half of the neurons and all of them.
    private const int Half = 8192, Full = 16_384;

    /// <summary>The 16 plans of the data set <c>google/gemma3n-slicing-configs</c>.</summary>
    /// <remarks>
    /// Facts of that table: the layers (by the new number) with their widths in runs, and the layers left out. Its parameter counts are rounded
    /// and for some plans wrong; <see cref="Gemma3nSlice.Parameters"/> counts.
    /// </remarks>
    public static ImmutableArray<PublishedPlan> All { get; } =
    [
        Of("Main model", [], (35, Full)),
        Of("Config for official E2B Model", [20, 21, 22, 23, 24], (30, Half)),
        Of("Config for E1.96B (layer-level)", [20, 21, 22, 23, 24], (4, Half), (1, Full), (25, Half)),
        Of("Config for E2.54B (layer-level)", [], (4, Half), (1, Full), (15, Half), (5, Full), (10, Half)),
        Of("Config for E2.69B (layer-level)", [], (4, Half), (1, Full), (4, Half), (1, Full), (4, Half), (1, Full), (4, Half), (6, Full), (10, Half)),
        Of("Config for E2.98B (layer-level)", [], (15, Half), (10, Full), (5, Half), (5, Full)),
        Of("Config for E3.18B (layer-level)", [], (4, Half), (1, Full), (4, Half), (16, Full), (4, Half), (1, Full), (4, Half), (1, Full)),
        Of("Config for E3.39B (layer-level)", [], (4, Half), (1, Full), (4, Half), (21, Full), (4, Half), (1, Full)),
        Of("Config for E3.59B (layer-level)", [], (4, Half), (26, Full), (4, Half), (1, Full)),
        Of("Config for E3.79B (layer-level)", [], (4, Half), (31, Full)),
        Of("Config for E2.49B (block-level)", [], (20, Half), (5, Full), (10, Half)),
        Of("Config for E2.73B (block-level)", [], (15, Half), (10, Full), (10, Half)),
        Of("Config for E2.98B (block-level)", [], (10, Half), (15, Full), (10, Half)),
        Of("Config for E3.24B (block-level)", [], (10, Half), (20, Full), (5, Half)),
        Of("Config for E3.49B (block-level)", [], (5, Half), (25, Full), (5, Half)),
        Of("Config for E3.79B (block-level)", [], (5, Half), (30, Full)),
    ];

    /// <summary>The plan of a name among some, in any case, with or without <c>Config for</c>.</summary>
    /// <exception cref="NestorException">None has the name, or several have.</exception>
    public static PublishedPlan Find(string name, IReadOnlyList<PublishedPlan> plans)
    {
        static ReadOnlySpan<char> Short(string text) => text.StartsWith(Lead, StringComparison.OrdinalIgnoreCase) ? text.AsSpan(Lead.Length) : text;

        var found = plans.Where(plan => Short(plan.Name.Trim()).Equals(Short(name.Trim()), StringComparison.OrdinalIgnoreCase)).ToList();
        return found switch
        {
            [var one] => one,
            [] => throw new NestorException($"There is no configuration {Quoted.Quote(name)}; there {(plans.Count == 1 ? "is" : "are")} {Quoted.OneLine(string.Join(", ", plans.Select(plan => Short(plan.Name).ToString())), longest: 700)}."),
            _ => throw new NestorException($"{found.Count} configurations have the name {Quoted.Quote(name)}; give each its own."),
        };
    }

    private static PublishedPlan Of(string name, ImmutableArray<int> skipped, params ReadOnlySpan<(int Layers, int Width)> runs)
    {
        var widths = new List<int>();
        foreach (var (layers, width) in runs)
            widths.AddRange(Enumerable.Repeat(width, layers));
        return new PublishedPlan(name, new Gemma3nPlan(new WidthPlan([.. widths]), skipped));
    }
}
