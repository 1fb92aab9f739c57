using Nestor.Training.Robustness.Attacks;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Evaluates a committee honestly: its members alone by the standard attacks, then its vote by every attack made for votes and by what fooled its members.</summary>
public sealed class CommitteeEvaluation : IDisposable
{
    private CommitteeEvaluation(IReadOnlyList<RobustnessResult> members, RobustnessResult vote, double abstention, IReadOnlyList<RobustnessWarning> warnings) =>
        (Members, Vote, Abstention, Warnings) = (members, vote, abstention, warnings);

    /// <summary>Each member alone.</summary>
    public IReadOnlyList<RobustnessResult> Members { get; }

    /// <summary>The vote.</summary>
    public RobustnessResult Vote { get; }

    /// <summary>The share of unperturbed images that the committee gives no answer to, which counts as a wrong one.</summary>
    public double Abstention { get; }

    /// <summary>The share of images at which a majority of the members withstood everything alone: by majority the vote is at least as robust, as far as the attacks on members are complete.</summary>
    public double Counted => Enumerable.Range(0, Vote.IsRobust.Length).Count(i => 2 * Members.Count(member => member.IsRobust[i]) > Members.Count) / (double)Vote.IsRobust.Length;

    /// <summary>Reasons to doubt the result, those of the members and the vote included.</summary>
    public IReadOnlyList<RobustnessWarning> Warnings { get; }

    /// <summary>Runs everything.</summary>
    /// <param name="classes">The number of classes.</param>
    /// <param name="policy">How the committee votes.</param>
    /// <param name="members">Name and scores of each member, the most trusted first.</param>
    /// <param name="images">(n, channels, height, width), float32 pixels from 0 to 1.</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="threat">What an attacker may do.</param>
    /// <param name="memberAttacks">What to try on each member; where its scores have no gradients, those that need none.</param>
    /// <param name="voteAttacks">What to try on the vote; where a member's scores have no gradients, those that need none.</param>
    /// <param name="options">Batches, seed and where to keep what is found, in a folder for each member and one for the vote; the defaults if not given.</param>
    /// <param name="progress">Told of every batch, with what is attacked.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="NestorException">The committee, the images or an attack are impossible.</exception>
    public static CommitteeEvaluation Run(
        int classes,
        VotePolicy policy,
        IReadOnlyList<(string Name, Func<Tensor, Tensor> Scores)> members,
        Tensor images,
        Tensor labels,
        Threat threat,
        IReadOnlyList<Attack> memberAttacks,
        IReadOnlyList<Attack> voteAttacks,
        EvaluationOptions? options = null,
        Action<string, AttackProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        policy.Validate(members.Count);
        options ??= new EvaluationOptions();
        var alone = new List<RobustnessResult>();
        foreach (var (place, (name, scores)) in members.Index())
            alone.Add(Alone(place, name, new ModelDefence(classes, scores)));

        var vote = new VotingDefence(classes, policy, [.. members.Select(member => member.Scores)]);
        IReadOnlyList<Attack> attacks = [.. members.Zip(alone, (member, result) => new TransferAttack(member.Name, result.Images)), .. voteAttacks];
        var together = AutoAttack.Evaluate(vote, images, labels, threat, AutoAttack.Possible(vote, images, attacks), options.Part("vote"), step => progress?.Invoke("vote", step), cancellation);
        return new CommitteeEvaluation(alone, together, Abstained(vote, images), [.. Doubts(members, alone, together)]);

        RobustnessResult Alone(int place, string name, IDefence member) => AutoAttack.Evaluate(
            member, images, labels, threat, AutoAttack.Possible(member, images, memberAttacks), options.Part($"member-{place + 1}"), step => progress?.Invoke(name, step), cancellation);
    }

    /// <summary>Frees the images.</summary>
    public void Dispose()
    {
        Vote.Dispose();
        foreach (var member in Members)
            member.Dispose();
    }

    private static double Abstained(VotingDefence vote, Tensor images)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var answers = vote.Answers(vote.Logits(images));
        return answers.Count(answer => answer == VotePolicy.Abstain) / (double)answers.Length;
    }

    private static IEnumerable<RobustnessWarning> Doubts(IReadOnlyList<(string Name, Func<Tensor, Tensor> Scores)> members, IReadOnlyList<RobustnessResult> alone, RobustnessResult vote)
    {
        foreach (var (member, result) in members.Zip(alone))
        {
            foreach (var warning in result.Warnings)
                yield return warning with { Message = $"{member.Name}: {warning.Message}" };
        }

        foreach (var warning in vote.Warnings)
            yield return warning;
        var unexplained = Enumerable.Range(0, vote.IsRobust.Length).Count(i => !vote.IsRobust[i] && 2 * alone.Count(member => member.IsRobust[i]) > alone.Count);
        if (unexplained > 0)
            yield return new("NST105", $"The vote fell at {unexplained} images at which a majority of the members had withstood everything alone; the attacks on the members were too weak.");
    }
}
