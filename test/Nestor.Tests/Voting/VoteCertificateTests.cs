using CsCheck;
using Nestor.Voting;

namespace Nestor.Tests.Voting;

public sealed class VoteCertificateTests
{
    private static readonly Gen<(int[] Votes, bool[] Certified)> Committees =
        Gen.Int[1, 3].SelectMany(half => Gen.Select(Gen.Int[0, 2].Array[2 * half - 1], Gen.Bool.Array[2 * half - 1]));

    [Fact]
    public void No_choice_of_the_uncertified_votes_changes_a_certified_answer() =>
        Committees.Sample((votes, certified) =>
        {
            foreach (var policy in new VotePolicy[] { new AbsoluteMajority(), new StrictPlurality(), new TrustedPlurality() })
            {
                var attacked = votes.Select((vote, i) => certified[i] ? vote : VotePolicy.Open).ToArray();
                var answers = VotePolicyTests.Completions(attacked, classes: 4).Select(completed => policy.Decide(completed)).Distinct().ToList();
                Assert.Equal(answers is [var only] ? only : null, VoteCertificate.Certain(policy, votes, certified));
            }
        });

    /// <summary>The published rule for votes: the certified for a class outnumber those for any other and all uncertified together.</summary>
    [Fact]
    public void Plurality_is_certified_by_the_published_rule() =>
        Committees.Sample((votes, certified) =>
        {
            int For(int label) => votes.Where((vote, i) => certified[i] && vote == label).Count();
            var uncertified = certified.Count(flag => !flag);
            var published = Enumerable.Range(0, 3).Where(label => Enumerable.Range(0, 4).All(other => other == label || For(label) > For(other) + uncertified)).ToList();
            var ours = VoteCertificate.Certain(new StrictPlurality(), votes, certified);
            Assert.Equal(published is [var only] ? only : null, ours == VotePolicy.Abstain ? null : ours);
        });

    [Fact]
    public void Members_that_agree_are_as_certain_as_the_middle_one() =>
        Gen.Int[1, 4].SelectMany(half => Gen.Double[0, 1].Array[2 * half - 1]).Sample(radii =>
            Assert.Equal(radii.Order().ElementAt(radii.Length / 2), VoteCertificate.Radius(new AbsoluteMajority(), new int[radii.Length], radii)));

    [Fact]
    public void The_answer_is_certain_within_the_radius_and_at_no_larger_breakpoint() =>
        Gen.Int[1, 3].SelectMany(half => Gen.Select(Gen.Int[0, 2].Array[2 * half - 1], Gen.Int[0, 4].Array[2 * half - 1])).Sample((votes, steps) =>
        {
            var (policy, radii) = (new StrictPlurality(), steps.Select(step => step / 4.0).ToArray());
            var (answer, radius) = (policy.Decide(votes), VoteCertificate.Radius(policy, votes, radii));
            foreach (var point in radii.Where(point => point > 0))
            {
                var certain = VoteCertificate.Certain(policy, votes, [.. radii.Select(own => own >= point)]) == answer;
                Assert.Equal(point <= radius, certain);
            }
        });

    [Fact]
    public void Radii_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => VoteCertificate.Radius(new StrictPlurality(), [1], [double.NaN]));
        Assert.Throws<ArgumentOutOfRangeException>(() => VoteCertificate.Radius(new StrictPlurality(), [1], [1, 2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => VoteCertificate.Certain(new StrictPlurality(), [1], []));
    }
}
