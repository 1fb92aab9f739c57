using CsCheck;
using Nestor.Voting;

namespace Nestor.Training.Tests.Robustness.Votes;

/// <summary>Ways to vote, for laws that hold for all of them.</summary>
internal static class VotePolicies
{
    /// <summary>Committees of 1 to so many members and a way for them to vote.</summary>
    public static Gen<(VotePolicy Policy, int Members)> UpTo(int members) => Gen.Int[1, members].SelectMany(count => Gen.Select(Of(count), policy => (policy, count)));

    private static Gen<VotePolicy> Of(int members)
    {
        var weighted = Gen.Int[1, 4].Array[members].Select(weights => (VotePolicy)new WeightedMajority([.. weights.Select(weight => (double)weight)]));
        List<Gen<VotePolicy>> all = [Gen.Const<VotePolicy>(new StrictPlurality()), Gen.Const<VotePolicy>(new TrustedPlurality()), weighted];
        if (members % 2 == 1)
            all.Add(Gen.Const<VotePolicy>(new AbsoluteMajority()));
        return Gen.OneOf([.. all]);
    }
}
