using System.Globalization;
using Nestor.Training.Nested;

namespace Nestor.Training.Robustness.Training;

/// <summary>
/// Robust objectives as text: <c>robust:LOSSES:NORM:EPSILON:STEPS:SHARE:RAMP:WEIGHTS:FROM</c>, with losses <c>pgd</c>, <c>trades/6</c>, <c>mart/5</c> joined by +, and
/// <c>certified:EPSILON:RAMP:SHARE</c>.
/// </summary>
public static class RobustObjectiveText
{
    /// <summary>Reads what <see cref="Print(RobustObjective)"/> wrote.</summary>
    /// <param name="fields">What stands between the colons, the name left out.</param>
    /// <returns>Null where the fields are no such objective.</returns>
    public static Objective? ParseRobust(string[] fields)
    {
        if (fields is not [var losses, var norm, var epsilon, var steps, var share, var ramp, var weights, var from])
            return null;
        var parsed = losses.Split('+').Select(Loss).ToList();
        return parsed.Any(loss => loss is null) || norm is not ("inf" or "2") || !Int(steps, out var searched) || !Int(ramp, out var risen) || !Int(from, out var perturbedFrom)
            || !Number(epsilon, out var size) || !Number(share, out var step) || !Number(weights, out var perturbed)
            ? null
            : new RobustObjective(new Threat(norm == "2" ? Norm.Two : Norm.Infinity, size), [.. parsed.Select(loss => loss!)])
            {
                Steps = (int)searched,
                StepShare = step,
                RampSteps = risen,
                WeightPerturbation = perturbed,
                WeightPerturbationFrom = perturbedFrom,
            };
    }

    /// <summary>Reads what <see cref="Print(CertifiedObjective)"/> wrote.</summary>
    /// <param name="fields">What stands between the colons, the name left out.</param>
    /// <returns>Null where the fields are no such objective.</returns>
    public static Objective? ParseCertified(string[] fields) =>
        fields is [var epsilon, var ramp, var share] && Number(epsilon, out var size) && Int(ramp, out var risen) && Number(share, out var worst)
            ? new CertifiedObjective(new Threat(Norm.Infinity, size), risen, worst)
            : null;

    /// <summary>Writes an objective.</summary>
    public static string Print(RobustObjective objective) => string.Create(
        CultureInfo.InvariantCulture,
        $"robust:{string.Join('+', objective.Losses.Select(Print))}:{(objective.Threat.Norm == Norm.Two ? "2" : "inf")}:{objective.Threat.Epsilon}:{objective.Steps}:{objective.StepShare}:{objective.RampSteps}:{objective.WeightPerturbation}:{objective.WeightPerturbationFrom}");

    /// <summary>Writes an objective.</summary>
    public static string Print(CertifiedObjective objective) =>
        string.Create(CultureInfo.InvariantCulture, $"certified:{objective.Threat.Epsilon}:{objective.RampSteps}:{objective.WorstShare}");

    /// <summary>Reads a loss: <c>pgd</c>, <c>trades</c>, <c>trades/6</c>, <c>mart</c> or <c>mart/5</c>.</summary>
    /// <returns>Null where the text is no loss.</returns>
    public static RobustLoss? Loss(string text) => text.Split('/') switch
    {
        ["pgd"] => new AdversarialLoss(),
        ["trades"] => new TradesLoss(),
        ["mart"] => new MartLoss(),
        ["trades", var beta] when Number(beta, out var weight) => new TradesLoss(weight),
        ["mart", var beta] when Number(beta, out var weight) => new MartLoss(weight),
        _ => null,
    };

    private static string Print(RobustLoss loss) => loss switch
    {
        TradesLoss trades => string.Create(CultureInfo.InvariantCulture, $"trades/{trades.Beta}"),
        MartLoss mart => string.Create(CultureInfo.InvariantCulture, $"mart/{mart.Beta}"),
        _ => "pgd",
    };

    private static bool Number(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static bool Int(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
