using System.Collections.Concurrent;
using System.Collections.Immutable;
using Nestor.Voting;

namespace Nestor.Training.Robustness;

/// <summary>Every coalition of a committee: a vote is wrong if and only if all of some coalition is.</summary>
/// <remarks>
/// Found from the policy itself, by trying for each member to be right, wrong by itself, or wrong in agreement with others; each step along this order can only
/// help an attacker, so what breaks the vote and does not break it one step back is a coalition. By absolute majority these are the smallest majorities. For plurality
/// a of k members agree and k - 2a others are wrong: 2a + b = k, and k - 1 that are wrong by themselves.
/// </remarks>
public static class Coalitions
{
    /// <summary>Members of the largest committee whose coalitions can be listed.</summary>
    public const int MostMembers = 11;

    private const int Right = 0, Alone = 1, Together = 2, Roles = 3;

    private static readonly ConcurrentDictionary<(VotePolicy Policy, int Members), ImmutableArray<Coalition>> Known = new();

    /// <summary>The coalitions of a committee: those without agreement first, then the smaller agreements before the larger.</summary>
    /// <param name="policy">How it votes.</param>
    /// <param name="members">How many members it has.</param>
    /// <exception cref="NestorException">The policy is not for so many members, or there are more than <see cref="MostMembers"/>.</exception>
    public static ImmutableArray<Coalition> Of(VotePolicy policy, int members)
    {
        policy.Validate(members);
        if (members > MostMembers)
            throw new NestorException($"A committee of {members} members has too many coalitions to attack each; at most {MostMembers} members are possible.");
        return Known.GetOrAdd((policy, members), key => [.. Listed(key.Policy, key.Members).OrderBy(coalition => coalition.Agreeing.Length)]);
    }

    private static IEnumerable<Coalition> Listed(VotePolicy policy, int members)
    {
        var roles = new int[members];
        var count = (int)Math.Pow(Roles, members);
        for (var number = 0; number < count; number++)
        {
            for (var (member, rest) = (0, number); member < members; member++, rest /= Roles)
                roles[member] = rest % Roles;
            if (Breaks(policy, roles) && !Enumerable.Range(0, members).Any(member => BreaksOneStepBack(policy, roles, member)))
                yield return new Coalition(With(Together), With(Alone));
        }

        ImmutableArray<int> With(int role) => [.. Enumerable.Range(0, members).Where(member => roles[member] == role)];
    }

    private static bool BreaksOneStepBack(VotePolicy policy, int[] roles, int member)
    {
        if (roles[member] == Right)
            return false;
        roles[member]--;
        var breaks = Breaks(policy, roles);
        roles[member]++;
        return breaks;
    }

    // Class 0 is the right one, 1 the one agreed on; members that are wrong by themselves answer each a class of their own, which is the worst for the attacker.
    private static bool Breaks(VotePolicy policy, int[] roles) => policy.Decide([.. roles.Select((role, member) => role == Alone ? 2 + member : role / Together)]) != 0;
}
