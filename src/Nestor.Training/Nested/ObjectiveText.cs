using System.Globalization;

namespace Nestor.Training.Nested;

/// <summary>Objectives as people write them: <c>sampled</c>, <c>sampled:0.2/0.22/0.24/0.34</c>, <c>joint</c>, <c>joint-sum</c>, <c>sandwich</c>, <c>sandwich:3</c>.</summary>
public static class ObjectiveText
{
    /// <summary>Reads an objective.</summary>
    /// <exception cref="NestorException">The text is not an objective.</exception>
    public static Objective Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (name, argument) = colon < 0 ? (text, null) : (text[..colon], text[(colon + 1)..]);
        return (name, argument) switch
        {
            ("sampled", null) => new SampledObjective(),
            ("sampled", not null) => new SampledObjective([.. argument.Split('/').Select(p => Number(text, p))]),
            ("joint", null) => new JointObjective(),
            ("joint-sum", null) => new JointObjective(Mean: false),
            ("sandwich", null) => new SandwichObjective(),
            ("sandwich", not null) when Number(text, argument) is >= 0 and <= 16 and var between && between == Math.Floor(between) => new SandwichObjective((int)between),
            _ => throw new NestorException($"'{text}' is not an objective; choose sampled, sampled:P/P/P/P, joint, joint-sum, sandwich or sandwich:N (N random widths, 0 to 16)."),
        };
    }

    /// <summary>Writes an objective as text that <see cref="Parse"/> reads back.</summary>
    public static string Print(Objective objective) => objective switch
    {
        SampledObjective { Probabilities.Count: 0 } => "sampled",
        SampledObjective sampled => "sampled:" + string.Join('/', sampled.Probabilities.Select(p => p.ToString(CultureInfo.InvariantCulture))),
        JointObjective { Mean: true } => "joint",
        JointObjective => "joint-sum",
        SandwichObjective { Between: 2 } => "sandwich",
        SandwichObjective sandwich => $"sandwich:{sandwich.Between}",
        _ => throw new NotSupportedException($"{objective} has no text."),
    };

    private static double Number(string text, string part) =>
        double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new NestorException($"'{part}' in the objective '{text}' is not a number; write it like 0.25.");
}
