using System.Globalization;

namespace Nestor.Training.Pruning;

/// <summary>Penalties as people write them: <c>coupled:0.01</c>, <c>decoupled:0.5</c>, <c>coupled:0.01:1e-4</c> with beta, <c>proximal:0.5</c>, <c>target:32</c>, <c>target:32/16/8</c>.</summary>
public static class PenaltyText
{
    /// <summary>Reads a penalty.</summary>
    /// <exception cref="NestorException">The text is not a penalty.</exception>
    public static GroupPenalty Parse(string text)
    {
        var parts = text.Split(':');
        return parts switch
        {
            ["coupled", var lambda] => new CoupledSmoothedPenalty(Number(text, lambda)),
            ["coupled", var lambda, var beta] => new CoupledSmoothedPenalty(Number(text, lambda), Number(text, beta)),
            ["decoupled", var lambda] => new DecoupledSmoothedPenalty(Number(text, lambda)),
            ["decoupled", var lambda, var beta] => new DecoupledSmoothedPenalty(Number(text, lambda), Number(text, beta)),
            ["proximal", var lambda] => new ProximalPenalty(Number(text, lambda)),
            ["target", var widths] => new TargetDecay([.. widths.Split('/').Select(width => Width(text, width))]),
            _ => throw new NestorException($"'{text}' is not a penalty; choose coupled:LAMBDA, decoupled:LAMBDA, proximal:LAMBDA or target:WIDTH (coupled and decoupled take :BETA after it, target a width for each block: 32/16/8)."),
        };
    }

    /// <summary>Writes a penalty as text that <see cref="Parse"/> reads back.</summary>
    public static string Print(GroupPenalty penalty) => penalty switch
    {
        CoupledSmoothedPenalty coupled => string.Create(CultureInfo.InvariantCulture, $"coupled:{coupled.Lambda}:{coupled.Beta}"),
        DecoupledSmoothedPenalty decoupled => string.Create(CultureInfo.InvariantCulture, $"decoupled:{decoupled.Lambda}:{decoupled.Beta}"),
        ProximalPenalty proximal => string.Create(CultureInfo.InvariantCulture, $"proximal:{proximal.Lambda}"),
        TargetDecay target => "target:" + string.Join('/', target.Widths.Select(width => width.ToString(CultureInfo.InvariantCulture))),
        _ => throw new NotSupportedException($"{penalty} has no text."),
    };

    private static double Number(string text, string part) =>
        double.TryParse(part, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new NestorException($"'{part}' in the penalty '{text}' is not a number; write it like 0.01.");

    private static int Width(string text, string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            ? width
            : throw new NestorException($"'{part}' in the penalty '{text}' is not a width; write it like 32.");
}
