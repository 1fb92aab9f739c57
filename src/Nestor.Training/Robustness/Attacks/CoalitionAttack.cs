using Nestor.Voting;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>An attack on every coalition of a committee, many at once: an image has a row for each, each member runs once over all rows that it has a seat in, and one success ends all rows of the image.</summary>
/// <param name="Policy">How the committee votes, which decides its coalitions; success is what the defence answers.</param>
/// <remarks>Complete, as far as the climbs are: a vote is wrong if and only if all of some coalition is (<see cref="Coalitions"/>).</remarks>
public abstract record CoalitionAttack(VotePolicy Policy) : Attack
{
    /// <summary>Most coalitions at once: more rows in a pass and more memory, with the same result.</summary>
    public int AtOnce { get; init; } = 10;

    internal override void Validate(int classes, Threat threat) => ThrowIfNotPositive("coalitions at once", AtOnce);

    /// <summary>Attacks coalitions of the same shape, as many at once as are allowed, until no image is left.</summary>
    private protected void Each(AttackCase attacked, Action<IReadOnlyList<Coalition>> attack)
    {
        foreach (var alike in Coalitions.Of(Policy, attacked.Members).GroupBy(coalition => (coalition.Agreeing.Length, coalition.Wrong.Length)))
        {
            foreach (var coalitions in alike.Chunk(AtOnce))
            {
                if (attacked.Survivors > 0)
                    attack(coalitions);
            }
        }
    }
}
