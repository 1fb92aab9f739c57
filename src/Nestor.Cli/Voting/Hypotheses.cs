using Nestor.Training.Robustness;

namespace Nestor.Cli.Voting;

/// <summary>What the seeds of one setting say together.</summary>
internal sealed class Hypotheses(IReadOnlyList<VotingRun> runs)
{
    private const int Draws = 10_000;

    /// <summary>H1: the vote of the chosen committee against the best of its members, which is chosen on the test images and so has an advantage.</summary>
    public PairedBootstrap VoteAgainstBestMember => AgainstBestMember(CommitteeRole.Chosen);

    /// <summary>H1 for another committee: its vote against the best of its own members.</summary>
    public PairedBootstrap AgainstBestMember(CommitteeRole role) => Compare(run => Of(run, role).Vote, run => run.BestOf(Of(run, role)).Outcome);

    /// <summary>H1, harder: against the best model of the whole pool on the test images.</summary>
    public PairedBootstrap VoteAgainstBestOfPool => Compare(run => run.Chosen.Vote, run => run.Members.MaxBy(member => member.Outcome.Accuracy)!.Outcome);

    /// <summary>Against one model that costs as much as the committee, over the seeds that have one; null where none has.</summary>
    public PairedBootstrap? VoteAgainstEqualCost => runs.Where(run => run.Controls.Count > 0).ToList() is { Count: > 0 } controlled
        ? PairedBootstrap.Of([.. controlled.Select(run => ((IReadOnlyList<bool>)run.Chosen.Vote.Robust, (IReadOnlyList<bool>)run.Controls[^1].Outcome.Robust))])
        : null;

    /// <summary>H2: the vote against a way to combine the same members.</summary>
    public PairedBootstrap VoteAgainst(int rival) => Compare(run => run.Chosen.Vote, run => run.Rivals[rival].Outcome);

    /// <summary>H3: on the test images, by attacks on pairs, the chosen committee above the mean of all, averaged over seeds.</summary>
    public double ChosenAboveMean => runs.Average(run => run.Ranked[0].Left - run.Ranked.Average(committee => committee.Left));

    /// <summary>H3: how often committees drawn at random, one for each seed, are as good on average.</summary>
    public double AsGoodAtRandom
    {
        get
        {
            var random = new Random(1);
            var chosen = runs.Average(run => run.Ranked[0].Left);
            return Enumerable.Range(0, Draws).Count(_ => runs.Average(run => run.Ranked[random.Next(run.Ranked.Count)].Left) >= chosen - 1e-12) / (double)Draws;
        }
    }

    /// <summary>H3: ranks of all committees on the images of the selection against those on the test images, averaged over seeds.</summary>
    public double RankCorrelation => runs.Average(run => Voting.RankCorrelation.Of([.. run.Ranked.Select(committee => committee.Expected)], [.. run.Ranked.Select(committee => committee.Left)]));

    /// <summary>H4: a committee of one kind against three seeds of one loss.</summary>
    public PairedBootstrap AgainstSameLoss(CommitteeRole role) => Compare(run => Of(run, role).Vote, run => Of(run, CommitteeRole.SameLoss).Vote);

    /// <summary>H4: how far the vote of a committee lies above the mean of its members, averaged over seeds.</summary>
    public double AboveMeanMember(CommitteeRole role) => runs.Average(run => Of(run, role).Vote.Accuracy - Of(run, role).Members.Average(member => run.Members[member].Outcome.Accuracy));

    /// <summary>H5: how much the attack on the mean of probabilities alone would have left of the chosen vote beyond what is left in the end.</summary>
    public double LeftBySurrogate => runs.Average(run => run.Chosen.AfterSurrogate - run.Chosen.Vote.Accuracy);

    /// <summary>H5: the robust accuracy of the chosen vote against epsilon, averaged over seeds.</summary>
    public IEnumerable<RobustnessPoint> Curve => runs[0].Curve.Select((point, place) => point with { RobustAccuracy = runs.Average(run => run.Curve[place].RobustAccuracy) });

    private static CommitteeOutcome Of(VotingRun run, CommitteeRole role) => run.Committees.First(committee => committee.Roles.Contains(role));

    private PairedBootstrap Compare(Func<VotingRun, Outcome> one, Func<VotingRun, Outcome> other) =>
        PairedBootstrap.Of([.. runs.Select(run => ((IReadOnlyList<bool>)one(run).Robust, (IReadOnlyList<bool>)other(run).Robust))]);
}
