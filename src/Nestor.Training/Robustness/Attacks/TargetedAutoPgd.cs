using Nestor.Training.Robustness.Losses;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>APGD towards one wrong class after the other, the most probable first (APGD-T). Any wrong answer counts.</summary>
/// <remarks>Croce and Hein 2020 (arXiv 2003.01690), §5.2: targets are ranked once, by the scores of the unperturbed image.</remarks>
public sealed record TargetedAutoPgd : Attack
{
    private static readonly TargetedLogitRatioLoss Loss = new();

    /// <inheritdoc/>
    public override string Name => "APGD-T";

    /// <summary>Steps towards each class.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Most wrong classes to try.</summary>
    public int Targets { get; init; } = 9;

    internal override void Validate(int classes, Threat threat)
    {
        ThrowIfNotPositive("steps", Steps);
        ThrowIfNotPositive("targets", Targets);
        Loss.Validate(classes);
    }

    internal override void Run(AttackCase attacked, CancellationToken cancellation)
    {
        for (var rank = 0; rank < Math.Min(Targets, attacked.Classes - 1) && attacked.Survivors > 0; rank++)
        {
            TargetRanks.AimAt(attacked, rank);
            AutoPgdClimb.Run(attacked, new RandomStart(), Loss, Steps, cancellation);
        }
    }
}
