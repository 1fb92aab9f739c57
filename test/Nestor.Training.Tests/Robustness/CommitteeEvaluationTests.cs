using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness;

public sealed class CommitteeEvaluationTests
{
    private const int Count = 80;

    private static readonly Threat Allowed = new(Norm.Infinity, 0.012);
    private static readonly LinearModel[] Models = [.. Enumerable.Range(1, 3).Select(seed => new LinearModel(classes: 5, side: 4, seed))];
    private static readonly Attack[] OnModels = [new AutoPgd(new CrossEntropyLoss()) { Steps = 20 }, new TargetedAutoPgd { Steps = 20 }];
    private static readonly Attack[] OnVotes =
    [
        new AutoPgd(new VoteMarginLoss(new AbsoluteMajority())) { Steps = 30 },
        .. new JointLoss[] { new ClampedRatioLoss(), new LeastRatioLoss(), new MemberSumLoss() }.Select(loss => new JointAutoPgd(new AbsoluteMajority(), loss) { Steps = 30 }),
    ];

    private static readonly CommitteeAdditions Thorough = new() { Checked = Count, OnRepeated = OnVotes, Surrogate = new AutoPgd(new MeanProbabilityLoss()) { Steps = 20 } };

    [Fact]
    public void A_vote_lies_between_what_counting_and_what_transfers_say_and_checks_of_strong_attacks_find_nothing_to_doubt()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var committee = Evaluate(Thorough);
        Assert.True(committee.Counted <= committee.Vote.RobustAccuracy);
        Assert.True(committee.Vote.RobustAccuracy <= committee.Transferred);
        Assert.True(committee.Transferred <= committee.Vote.CleanAccuracy);
        Assert.True(committee.Abstention <= 1 - committee.Vote.CleanAccuracy);
        Assert.True(committee.AbstentionUnderAttack >= committee.Abstention);

        Assert.DoesNotContain(committee.Warnings, warning => warning.Code is "NST105" or "NST107" or "NST110");
        Assert.Equal((Count, committee.Vote.RobustAccuracy), (committee.Checks!.Images, committee.Checks.Vote));
        Assert.Equal((0, 0), (committee.Checks.Repeated.OnlyAlone, committee.Checks.Repeated.OnlyVoting));
        Assert.Equal(committee.Members[0].RobustAccuracy, committee.Checks.Repeated.Voting);
        Assert.True(committee.Checks.Surrogate >= committee.Checks.Vote);
    }

    [Fact]
    public void A_vote_with_itself_that_withstands_more_than_the_member_and_an_average_that_misses_much_are_told()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var committee = Evaluate(Thorough with { OnRepeated = [new SquareAttack { Queries = 1 }], Surrogate = new SquareAttack { Queries = 1 } });
        Assert.Contains("attacks on the vote", Assert.Single(committee.Warnings, warning => warning.Code == "NST107").Message, StringComparison.Ordinal);
        Assert.True(committee.Checks!.Repeated.OnlyVoting > 4);
        var points = 100 * (committee.Checks.Surrogate - committee.Checks.Vote);
        Assert.True(points > 5);
        Assert.Contains(FormattableString.Invariant($"{points:0.#} points"), Assert.Single(committee.Warnings, warning => warning.Code == "NST108").Message, StringComparison.Ordinal);
    }

    /// <summary>The mean of linear models' scores is a linear model, whose robustness is known exactly.</summary>
    [Fact]
    public void A_rival_withstands_exactly_what_the_combined_model_does()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var (images, labels) = Models[0].Data(Count, seed: 2);
        using var committee = Evaluate(new CommitteeAdditions { Checked = 0, Rivals = [new MeanScore([1, 1, 1]), new MedianProbability()] });
        Assert.Null(committee.Checks);
        var mean = LinearModel.Mean(Models);
        var right = mean.Scores(images).argmax(1).eq(labels).data<bool>().ToArray();
        Assert.Equal(right.Zip(mean.IsRobust(images, labels, Allowed), (isRight, isRobust) => isRight && isRobust), committee.Rivals[0].Result.IsRobust);
        Assert.Contains(committee.Rivals[1].Result.Attacks, attack => attack.Attack == "transfer from the vote");
        Assert.Contains(committee.Vote.Attacks, attack => attack.Attack == "transfer from median of probabilities");
        Assert.All(committee.Rivals.Select(rival => rival.Result).Append(committee.Vote), result => Assert.Equal(4, result.Attacks.Count(attack => attack.Attack.EndsWith("from found points", StringComparison.Ordinal))));
    }

    [Fact]
    public void Checks_on_a_negative_number_of_images_are_refused() =>
        Assert.Contains("-1 images", Assert.Throws<NestorException>(() => Evaluate(new CommitteeAdditions { Checked = -1 })).Message, StringComparison.Ordinal);

    private static CommitteeEvaluation Evaluate(CommitteeAdditions additions)
    {
        TorchRuntime.EnsureLoaded();
        var (images, labels) = Models[0].Data(Count, seed: 2);
        return CommitteeEvaluation.Run(
            5, new StrictPlurality(), [.. Models.Select((model, i) => ($"model {i}", (Func<Tensor, Tensor>)model.Scores))], images, labels, Allowed, OnModels, OnVotes, additions: additions);
    }
}
