using System.CommandLine;
using System.Globalization;
using Nestor.Training.Robustness;

namespace Nestor.Cli.Commands;

/// <summary>The options that say what an attacker may do.</summary>
internal sealed class ThreatArguments
{
    private readonly Option<string> epsilon = new("--epsilon") { Description = "The largest change, in pixels from 0 to 1: 0.03 or 8/255.", Required = true };
    private readonly Option<string> norm = new("--norm") { Description = "inf for the largest change of any value, 2 for the Euclidean length.", DefaultValueFactory = _ => "inf" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        norm.AcceptOnlyFromAmong("inf", "2");
        command.Add(epsilon);
        command.Add(norm);
    }

    /// <summary>What they say.</summary>
    /// <exception cref="NestorException">Epsilon is not a number or a fraction, or impossible.</exception>
    public Threat Threat(ParseResult parsed)
    {
        var threat = new Threat(parsed.GetRequiredValue(norm) == "2" ? Norm.Two : Norm.Infinity, Number(parsed.GetRequiredValue(epsilon)));
        threat.Validate();
        return threat;
    }

    private static double Number(string text)
    {
        double[] parts = [.. text.Split('/').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN)];
        return parts switch
        {
            [var whole] when double.IsFinite(whole) => whole,
            [var above, > 0 and var below] when double.IsFinite(above) => above / below,
            _ => throw new NestorException($"'{text}' is not an epsilon; give a number such as 0.03, or a fraction such as 8/255."),
        };
    }
}
