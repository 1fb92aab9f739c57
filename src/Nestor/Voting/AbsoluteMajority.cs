namespace Nestor.Voting;

/// <summary>More than half of the members must agree; otherwise the committee abstains.</summary>
/// <remarks>To break it an attacker must fool some majority of the members with one perturbation: their wrong votes need not agree.</remarks>
public sealed record AbsoluteMajority : VotePolicy
{
    /// <inheritdoc/>
    /// <exception cref="NestorException">The number of members is even: half of them could then neither win nor lose.</exception>
    public override void Validate(int members)
    {
        base.Validate(members);
        if (members % 2 == 0)
            throw new NestorException($"{members} members cannot vote by absolute majority; take an odd number of members, or strict plurality.");
    }

    private protected override int? Answer(ReadOnlySpan<int> votes)
    {
        var (majority, open, most) = (votes.Length / 2 + 1, votes.Count(Open), 0);
        foreach (var vote in votes)
        {
            if (vote == Open)
                continue;
            var count = votes.Count(vote);
            if (count >= majority)
                return vote;
            most = Math.Max(most, count);
        }

        return most + open < majority ? Abstain : null;
    }
}
