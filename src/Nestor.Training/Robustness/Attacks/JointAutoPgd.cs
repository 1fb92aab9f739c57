using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>APGD on every coalition of a committee: all members of one must be wrong at the same point.</summary>
/// <remarks>Ours; the climb is that of Croce and Hein 2020 (arXiv 2003.01690), algorithm 1.</remarks>
public sealed record JointAutoPgd : CoalitionAttack
{
    // A ratio towards one class compares with the third and fourth scores.
    private const int ClassesForTargets = 4;

    /// <summary>Creates the attack.</summary>
    /// <param name="policy">How the committee votes.</param>
    /// <param name="loss">What it climbs over the members of a coalition.</param>
    public JointAutoPgd(VotePolicy policy, JointLoss loss)
        : base(policy) => Loss = loss;

    /// <inheritdoc/>
    public override string Name => $"APGD{(Targets > 0 ? "-T" : "")}-{Loss.Name} of coalitions{Start.Suffix}";

    /// <summary>What it climbs.</summary>
    public JointLoss Loss { get; init; }

    /// <summary>Where each climb begins.</summary>
    public ClimbStart Start { get; init; } = new RandomStart();

    /// <summary>Steps of each climb.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Wrong classes to move towards, one after the other, the most probable first; 0 to be content with any and to agree on the nearest at each step.</summary>
    public int Targets { get; init; }

    internal override void Validate(int classes, Threat threat)
    {
        base.Validate(classes, threat);
        ThrowIfNotPositive("steps", Steps);
        if (Targets < 0)
            throw new NestorException($"{Targets} targets were asked of an attack; it needs 0 or more.");
        Loss.Validate(classes);
    }

    internal override void Run(AttackCase attacked, CancellationToken cancellation)
    {
        if (Targets == 0)
            Each(attacked, coalitions => Climb(attacked, coalitions, rank: null, cancellation));
        for (var rank = 0; rank < Math.Min(Targets, attacked.Classes - 1); rank++)
        {
            var aimed = rank;
            Each(attacked, coalitions => Climb(attacked, coalitions, aimed, cancellation));
        }
    }

    private void Climb(AttackCase attacked, IReadOnlyList<Coalition> coalitions, int? rank, CancellationToken cancellation)
    {
        var agreeing = coalitions[0].Agreeing.Length;
        if (rank is not null && agreeing == 0 && attacked.Classes < ClassesForTargets)
            return;
        using var scope = NewDisposeScope();
        var targets = rank is { } aimed ? TargetRanks.Of(attacked, coalitions, aimed) : null;
        attacked.FanOut(coalitions);
        if (targets is not null)
            attacked.Aim(targets);
        AutoPgdClimb.Run(attacked, Start, Loss with { Agreeing = agreeing }, Steps, cancellation);
        attacked.Gather();
    }
}
