using Nestor.Training.Nested;
using Nestor.Training.Robustness.Training;

namespace Nestor.Cli.Commands;

/// <summary>Robust training as commands name it.</summary>
internal static class RobustLossOption
{
    /// <summary>What <c>--loss</c> says.</summary>
    public const string Description = "standard, pgd, fast, trades, trades/BETA, mart, mart/BETA, certified; or one for each size, joined by +.";

    /// <summary>The objective of a name.</summary>
    /// <param name="text">As <see cref="Description"/> says.</param>
    /// <param name="robust">Threat, search and perturbation of weights.</param>
    /// <exception cref="NestorException">The name is no loss.</exception>
    public static Objective Objective(string text, RobustObjective robust) => text switch
    {
        "standard" => new SampledObjective(),
        "certified" => new CertifiedObjective(robust.Threat, robust.RampSteps),
        "fast" => robust with { Steps = 1, StepShare = 1.25 },
        _ => new RobustObjective(robust.Threat, [.. text.Split('+').Select(part => RobustObjectiveText.Loss(part)
            ?? throw new NestorException($"'{part}' is not a loss; choose standard, pgd, fast, trades, trades/BETA, mart, mart/BETA or certified."))])
        {
            Steps = robust.Steps,
            RampSteps = robust.RampSteps,
            WeightPerturbation = robust.WeightPerturbation,
            WeightPerturbationFrom = robust.WeightPerturbationFrom,
        },
    };
}
