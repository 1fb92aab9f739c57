using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses.Votes;

namespace Nestor.Training.Robustness;

/// <summary>What an evaluation of a committee looks at beside its members and its vote.</summary>
public sealed record CommitteeAdditions
{
    /// <summary>How the same members' scores are combined instead of counted, each attacked as the vote is.</summary>
    public IReadOnlyList<Aggregation> Rivals { get; init; } = [];

    /// <summary>Images, the first ones, on which the attacks themselves are checked; 0 for no checks.</summary>
    public int Checked { get; init; } = 250;

    /// <summary>An attack on the average of the members alone, which a vote's evaluation must not rest on.</summary>
    public Attack Surrogate { get; init; } = new AutoPgd(new MeanProbabilityLoss());

    /// <summary>Attacks on a vote of three, two of which are the same model.</summary>
    public IReadOnlyList<Attack> OnRepeated { get; init; } = VoteAttack.Standard(members: 3);

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="NestorException">One is impossible.</exception>
    public void Validate()
    {
        if (Checked < 0)
            throw new NestorException($"Checks on {Checked} images were asked for; give 0 for none, or a number of images.");
    }
}
