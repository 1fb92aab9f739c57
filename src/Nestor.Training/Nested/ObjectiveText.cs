using System.Globalization;
using Nestor.Training.Robustness.Training;

namespace Nestor.Training.Nested;

/// <summary>Objectives as people write them: <c>sampled</c>, <c>sampled:0.2/0.22/0.24/0.34</c>, <c>joint</c>, <c>joint-sum</c>, <c>sandwich</c>, <c>sandwich:3</c>, <c>whole</c>; distillation, whose teacher no text can name, as <c>distill:0.5</c> or <c>distill:0.5/2</c>.</summary>
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
            ("whole", null) => new WholeObjective(),
            ("robust", not null) when RobustObjectiveText.ParseRobust(argument.Split(':')) is { } robust => robust,
            ("certified", not null) when RobustObjectiveText.ParseCertified(argument.Split(':')) is { } certified => certified,
            ("distill", not null) when argument.Split('/') is [var share] => new DistillationObjective(Number(text, share)),
            ("distill", not null) when argument.Split('/') is [var share, var between] => new DistillationObjective(Number(text, share), (int)Number(text, between)),
            _ => throw new NestorException($"'{text}' is not an objective; choose sampled, sampled:P/P/P/P, joint, joint-sum, sandwich, sandwich:N (N random widths, 0 to 16) or whole."),
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
        WholeObjective => "whole",
        RobustObjective robust => RobustObjectiveText.Print(robust),
        CertifiedObjective certified => RobustObjectiveText.Print(certified),
        DistillationObjective { Between: null } distillation => string.Create(CultureInfo.InvariantCulture, $"distill:{distillation.DataShare}"),
        DistillationObjective distillation => string.Create(CultureInfo.InvariantCulture, $"distill:{distillation.DataShare}/{distillation.Between}"),
        SandwichObjective sandwich => $"sandwich:{sandwich.Between}",
        _ => throw new NotSupportedException($"{objective} has no text."),
    };

    private static double Number(string text, string part) =>
        double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new NestorException($"'{part}' in the objective '{text}' is not a number; write it like 0.25.");
}
