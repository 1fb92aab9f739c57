using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;

namespace Nestor.Cli.Commands;

/// <summary>How much an evaluation tries.</summary>
/// <param name="Steps">Steps of each gradient attack.</param>
/// <param name="Queries">Queries of the square attack.</param>
/// <param name="IsQuick">Whether only APGD attacks models, and only gradients attack votes.</param>
/// <param name="Checked">Images on which the attacks on a vote are checked; 0 for none.</param>
/// <param name="Curve">Images of the curves of robust accuracy against epsilon; 0 for none.</param>
internal sealed record RobustEffort(int Steps, int Queries, bool IsQuick, int Checked, int Curve)
{
    /// <summary>Attacks on one model.</summary>
    public IReadOnlyList<Attack> OnModels(int classes) => IsQuick
        ? AutoAttack.Climbs(classes, Steps)
        : [.. AutoAttack.Climbs(classes, Steps), new FastAdaptiveBoundary { Steps = Steps }, new SquareAttack { Queries = Queries }];

    /// <summary>Attacks on a vote.</summary>
    public IReadOnlyList<Attack> OnVotes(VotePolicy policy, int members) => [.. VoteAttack.Standard(policy, members, Steps, Queries).Where(attack => !IsQuick || attack is not (SquareAttack or RandomSearch))];

    /// <summary>What a committee's evaluation looks at beside.</summary>
    public CommitteeAdditions Additions(IReadOnlyList<Aggregation> rivals) => new()
    {
        Rivals = rivals,
        Checked = Checked,
        Surrogate = new AutoPgd(new MeanProbabilityLoss()) { Steps = Steps },
        OnRepeated = OnVotes(new AbsoluteMajority(), members: 3),
    };
}
