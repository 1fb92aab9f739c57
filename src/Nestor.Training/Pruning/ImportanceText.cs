using System.Globalization;

namespace Nestor.Training.Pruning;

/// <summary>Importance as people write it: <c>activation</c>, <c>taylor</c>, <c>norm</c>, <c>random</c>, <c>random:7</c>.</summary>
public static class ImportanceText
{
    /// <summary>Reads a score.</summary>
    /// <exception cref="NestorException">The text is not one.</exception>
    public static Importance Parse(string text) => text.Split(':') switch
    {
        ["activation"] => new ActivationTimesOutput(),
        ["taylor"] => new Taylor(),
        ["norm"] => new GroupNorm(),
        ["random"] => new RandomImportance(),
        ["random", var seed] when ulong.TryParse(seed, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => new RandomImportance(number),
        _ => throw new NestorException($"'{text}' is not an importance; choose activation, taylor, norm, random or random:SEED."),
    };

    /// <summary>Writes a score as text that <see cref="Parse"/> reads back.</summary>
    public static string Print(Importance importance) => importance switch
    {
        ActivationTimesOutput => "activation",
        Taylor => "taylor",
        GroupNorm => "norm",
        RandomImportance { Seed: 1 } => "random",
        RandomImportance random => string.Create(CultureInfo.InvariantCulture, $"random:{random.Seed}"),
        _ => throw new NotSupportedException($"{importance} has no text."),
    };
}
