using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Certification;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness.Certification;

public sealed class CertifiedVoteTests
{
    private static readonly Threat Allowed = new(Norm.Infinity, 0.1);

    [Fact]
    public void A_vote_is_certain_where_a_majority_certainly_answers_rightly()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var labels = tensor(new long[] { 0, 0, 0, 0 });
        CertifiedMember one = Member([0, 0, 0, 1], [true, true, true, true]), two = Member([0, 0, 1, 1], [true, false, true, true]), three = Member([0, 0, 0, 0], [false, false, true, true]);
        var result = CertifiedVote.Of([one, two, three], new StrictPlurality(), zeros(4, 1, 2, 2), labels, Allowed);
        Assert.Equal([true, false, true, false], result.Vote);
        Assert.Equal([0.75, 0.25, 0.5], result.MemberAccuracies);
        Assert.Equal(0.5, result.VoteAccuracy);
    }

    [Fact]
    public void Of_a_member_without_bounds_nothing_is_proved()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var labels = tensor(new long[] { 0, 0 });
        CertifiedMember sure = Member([0, 0], [true, true]), half = Member([0, 0], [true, false]), silent = Member([0, 0], null);
        var result = CertifiedVote.Of([sure, half, silent], new AbsoluteMajority(), zeros(2, 1, 2, 2), labels, Allowed);
        Assert.Equal([true, false], result.Vote);
        Assert.Equal([1.0, 0.5, null], result.MemberAccuracies);
    }

    private static CertifiedMember Member(long[] answers, bool[]? certain) => new(_ => nn.functional.one_hot(tensor(answers), 3).to(ScalarType.Float32), certain is null ? null : (_, _, _) => certain);
}
