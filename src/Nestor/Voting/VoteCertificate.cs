namespace Nestor.Voting;

/// <summary>What is certain about a committee's answer when it is certain of some of its members.</summary>
/// <remarks>
/// A member that is certified keeps its vote under every allowed perturbation; of the others an attacker may choose the vote. So the committee's answer is
/// certified if and only if it is settled with their votes open: for plurality, if the certified votes for it outnumber those for any other class and all
/// uncertified ones together (the rule for weighted votes of "On the Perils of Cascading Robust Classifiers", ICLR 2023). Cascades, in which the first certain member decides, are not sound.
/// </remarks>
public static class VoteCertificate
{
    /// <summary>The class that the committee certainly answers.</summary>
    /// <param name="policy">How the committee votes.</param>
    /// <param name="votes">The class that each member votes for.</param>
    /// <param name="certified">Whether each member's vote is certain.</param>
    /// <returns>A class, <see cref="VotePolicy.Abstain"/> where it certainly abstains, or null where nothing is certain.</returns>
    /// <exception cref="ArgumentException">There are not as many flags as votes, or a vote is no class.</exception>
    /// <exception cref="NestorException">The policy is not for so many members.</exception>
    public static int? Certain(VotePolicy policy, ReadOnlySpan<int> votes, ReadOnlySpan<bool> certified)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(certified.Length, votes.Length);
        var known = votes.ToArray();
        for (var i = 0; i < known.Length; i++)
            known[i] = certified[i] ? known[i] : VotePolicy.Open;
        return policy.Settled(known);
    }

    /// <summary>How far an input may be moved before the committee's answer can change.</summary>
    /// <param name="policy">How the committee votes.</param>
    /// <param name="votes">The class that each member votes for.</param>
    /// <param name="radii">The radius within which each member's vote is certain, in any one unit; 0 where it is not.</param>
    /// <returns>The largest radius, or 0 where nothing is certain; of members that all agree, by absolute majority the radius of the middle one.</returns>
    /// <exception cref="ArgumentException">There are not as many radii as votes, a radius is negative, or a vote is no class.</exception>
    /// <exception cref="NestorException">The policy is not for so many members.</exception>
    public static double Radius(VotePolicy policy, ReadOnlySpan<int> votes, ReadOnlySpan<double> radii)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(radii.Length, votes.Length);
        var answer = policy.Decide(votes);
        var certified = new bool[votes.Length];
        var largest = 0.0;
        foreach (var radius in radii)
        {
            if (!(radius >= 0))
                throw new ArgumentOutOfRangeException(nameof(radii), radius, "A radius cannot be negative.");
            for (var i = 0; i < certified.Length; i++)
                certified[i] = radii[i] >= radius;
            if (radius > largest && Certain(policy, votes, certified) == answer)
                largest = radius;
        }

        return largest;
    }
}
