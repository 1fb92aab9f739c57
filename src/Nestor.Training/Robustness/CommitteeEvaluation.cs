using Nestor.Training.Robustness.Attacks;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Evaluates a committee honestly: its members alone by the standard attacks, then its vote by every attack made for votes and by what fooled its members.</summary>
public sealed class CommitteeEvaluation : IDisposable
{
    private readonly CommitteeRun run;

    private CommitteeEvaluation(CommitteeRun run, IReadOnlyList<RobustnessResult> members, RobustnessResult vote, IReadOnlyList<RivalResult> rivals, CommitteeChecks? checks)
    {
        (this.run, Members, Vote, Rivals, Checks) = (run, members, vote, rivals, checks);
        (Abstention, AbstentionUnderAttack) = (Abstained(run.Images), Abstained(vote.Images));
        Warnings = [.. Doubts()];
    }

    /// <summary>Each member alone.</summary>
    public IReadOnlyList<RobustnessResult> Members { get; }

    /// <summary>The vote.</summary>
    public RobustnessResult Vote { get; }

    /// <summary>The same members combined in other ways.</summary>
    public IReadOnlyList<RivalResult> Rivals { get; }

    /// <summary>What checks of the attacks found; null where none were asked for, or there are no gradients.</summary>
    public CommitteeChecks? Checks { get; }

    /// <summary>The share of unperturbed images that the committee gives no answer to, which counts as a wrong one.</summary>
    public double Abstention { get; }

    /// <summary>The share of images, moved where an attack succeeded, that the committee gives no answer to.</summary>
    public double AbstentionUnderAttack { get; }

    /// <summary>The share of images at which a majority of the members withstood everything alone: by majority the vote is at least as robust, as far as the attacks on members are complete.</summary>
    public double Counted => Share(HoldsByCounting);

    /// <summary>The share of images at which the vote withstood what fooled its members: it is at most as robust.</summary>
    public double Transferred => (Vote.IsCorrect.Count(correct => correct) - Vote.Attacks.Take(Members.Count).Sum(attack => attack.Broken)) / (double)Vote.IsCorrect.Length;

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
    /// <param name="options">Batches, seed and where to keep what is found, in a folder for each part; the defaults if not given. Checks are those of the additions.</param>
    /// <param name="additions">Rivals and checks; none if not given.</param>
    /// <param name="progress">Told of every batch, with what is attacked.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <remarks>
    /// Every rival is attacked as one model first. What fools members and rivals is tried on the vote, and attacks on its margin and its coalitions begin there once more. Then each rival
    /// meets what fooled the others and the vote, and the attacks made for votes: so no side is attacked less than the other.
    /// </remarks>
    /// <exception cref="NestorException">The committee, the images or an attack are impossible, or a folder keeps another evaluation.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
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
        CommitteeAdditions? additions = null,
        Action<string, AttackProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        policy.Validate(members.Count);
        additions ??= new CommitteeAdditions { Checked = 0 };
        additions.Validate();
        var run = new CommitteeRun(classes, policy, members, images, labels, threat, options ?? new EvaluationOptions(), progress, cancellation);
        var checks = additions.Checked > 0 && members.Count > 1 && Slope.Exists(run.Vote, images);
        List<RobustnessResult> alone = [.. members.Select((_, member) => run.Alone(member, memberAttacks, checks ? RestartCheck.OnModel : null))];
        List<AggregateDefence> combined = [.. additions.Rivals.Select(rival => new AggregateDefence(classes, rival, [.. members.Select(member => member.Scores)]))];
        List<RobustnessResult> whole = [.. combined.Zip(additions.Rivals).Select((pair, place) => run.Together(pair.Second.Name, $"rival-{place + 1}", pair.First.Whole, memberAttacks, check: null))];

        List<TransferAttack> transfers =
        [
            .. members.Zip(alone, (member, result) => new TransferAttack(member.Name, result.Images)),
            .. additions.Rivals.Zip(whole, (rival, result) => new TransferAttack(rival.Name, result.Images)),
        ];
        var found = new FoundStart(string.Join(", ", transfers.Select(transfer => transfer.Source)), [.. transfers.Select(transfer => transfer.Candidates)]);
        voteAttacks = [.. voteAttacks, .. VoteAttack.From(found, voteAttacks)];
        var vote = run.Together("vote", "vote", run.Vote, [.. transfers, .. voteAttacks], checks ? RestartCheck.OnVote(policy) : null);
        List<RivalResult> rivals = [.. combined.Zip(additions.Rivals).Select((pair, place) => new RivalResult(
            pair.Second.Name, run.Together(pair.Second.Name, $"rival-{place + 1}-all", pair.First, [.. transfers, new TransferAttack("the vote", vote.Images), .. voteAttacks], check: null)))];
        whole.ForEach(result => result.Dispose());
        return new CommitteeEvaluation(run, alone, vote, rivals, checks ? run.Check(additions, alone[0], vote) : null);
    }

    /// <summary>Frees the images.</summary>
    public void Dispose()
    {
        foreach (var result in Members.Append(Vote).Concat(Rivals.Select(rival => rival.Result)))
            result.Dispose();
    }

    private bool HoldsByCounting(int image) => 2 * Members.Count(member => member.IsRobust[image]) > Members.Count;

    private double Share(Func<int, bool> holds) => Enumerable.Range(0, Vote.IsRobust.Length).Count(holds) / (double)Vote.IsRobust.Length;

    private double Abstained(Tensor images)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        return images.split(run.Options.Batch).SelectMany(part => run.Vote.Answers(run.Vote.Logits(part))).Count(answer => answer == VotePolicy.Abstain) / (double)images.shape[0];
    }

    private IEnumerable<RobustnessWarning> Doubts()
    {
        foreach (var (member, result) in run.Members.Zip(Members))
        {
            foreach (var warning in result.Warnings)
                yield return warning with { Message = $"{member.Name}: {warning.Message}" };
        }

        foreach (var warning in Vote.Warnings.Concat(Checks?.Warnings() ?? []))
            yield return warning;
        var unexplained = Enumerable.Range(0, Vote.IsRobust.Length).Count(image => !Vote.IsRobust[image] && HoldsByCounting(image));
        if (unexplained > 0)
            yield return new("NST105", $"The vote fell at {unexplained} images at which a majority of the members had withstood everything alone; the attacks on the members were too weak.");
    }
}
