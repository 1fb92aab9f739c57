using Nestor.Training.Robustness.Losses;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>Gradient ascent with momentum that halves its own steps where it no longer makes progress (APGD).</summary>
/// <remarks>Croce and Hein 2020 (arXiv 2003.01690), algorithm 1.</remarks>
public sealed record AutoPgd : Attack
{
    /// <summary>Creates the attack.</summary>
    /// <param name="loss">What it climbs.</param>
    public AutoPgd(AttackLoss loss) => Loss = loss;

    /// <inheritdoc/>
    public override string Name => $"APGD-{Loss.Name}{Start.Suffix}";

    /// <summary>What it climbs.</summary>
    public AttackLoss Loss { get; init; }

    /// <summary>Steps of each start.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Where it begins.</summary>
    public ClimbStart Start { get; init; } = new RandomStart();

    /// <summary>How often it begins, each time at another point where these are random.</summary>
    public int Restarts { get; init; } = 1;

    internal override void Validate(int classes, Threat threat)
    {
        ThrowIfNotPositive("steps", Steps);
        ThrowIfNotPositive("restarts", Restarts);
        Loss.Validate(classes);
    }

    internal override void Run(AttackCase attacked, CancellationToken cancellation)
    {
        for (var restart = 0; restart < Restarts && attacked.Survivors > 0; restart++)
            AutoPgdClimb.Run(attacked, Start, Loss, Steps, cancellation);
    }
}
