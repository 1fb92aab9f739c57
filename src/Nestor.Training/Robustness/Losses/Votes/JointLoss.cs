namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>A loss over members that must be wrong together: all of a committee, or those of a <see cref="Coalition"/>.</summary>
public abstract record JointLoss : AttackLoss
{
    /// <summary>How many of the members, the first ones, must agree on one wrong class; the others may answer any.</summary>
    public int Agreeing { get; init; }
}
