using Nestor.Models;
using Nestor.Training.Vision;

namespace Nestor.Cli.Voting;

/// <summary>A model of an experiment's pool: what it looks like and how it is trained.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Preset">A shape of <see cref="PlainNetPresets"/>.</param>
/// <param name="Loss">standard, pgd, fast, trades or mart.</param>
/// <param name="WeightPerturbation">How far weights are perturbed in training, as a share of their size.</param>
/// <param name="Seed">Tells models apart that are otherwise the same.</param>
/// <param name="Scale">What the numbers of channels and neurons are multiplied by.</param>
internal sealed record PoolMember(string Name, string Preset, string Loss, double WeightPerturbation = 0, int Seed = 1, double Scale = 1)
{
    /// <summary>The models that may be members of a committee: robust losses, seeds and shapes.</summary>
    public static IReadOnlyList<PoolMember> Pool { get; } =
    [
        new("PGD 1", "small", "pgd"),
        new("PGD 2", "small", "pgd", Seed: 2),
        new("PGD 3", "small", "pgd", Seed: 3),
        new("TRADES", "small", "trades"),
        new("MART", "small", "mart"),
        new("PGD + AWP", "small", "pgd", WeightPerturbation: 0.01),
        new("TRADES, patches", "patches", "trades"),
        new("MART, wide filters", "wide-filters", "mart"),
    ];

    /// <summary>Models that no committee is chosen from: trained on images as they are, by one step, and one that costs as much as three members.</summary>
    public static IReadOnlyList<PoolMember> Controls { get; } =
    [
        new("standard", "small", "standard"),
        new("fast", "small", "fast"),
        new("TRADES, three times as large", "small", "trades", Scale: Math.Sqrt(3)),
    ];

    /// <summary>Whether it has the shape of most of the pool.</summary>
    public bool IsSmall => Preset == "small";

    /// <summary>The shape for some images.</summary>
    public PlainNetConfig Config(int size, int channels, IReadOnlyList<string> labels)
    {
        var preset = PlainNetPresets.Get(Preset);
        var hidden = Scaled(preset.FullWidths.Widest);
        return preset with
        {
            ImageSize = size,
            Channels = channels,
            Convolutions = [.. preset.Convolutions.Select(convolution => convolution with { Channels = Scaled(convolution.Channels) })],
            FullWidths = new WidthPlan([hidden]),
            Granularities = [new Granularity("XL", hidden)],
            Classes = labels.Count,
            Labels = labels,
            Mean = [.. Enumerable.Repeat(0.5f, channels)],
            StandardDeviation = [.. Enumerable.Repeat(0.25f, channels)],
        };
    }

    private int Scaled(int width) => (int)Math.Round(Scale * width);
}
