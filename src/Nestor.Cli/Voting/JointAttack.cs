using System.Diagnostics;
using Nestor.Cli.Terminal;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Training.Robustness.Selection;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Cli.Voting;

/// <summary>Attacks a committee of three or more by its members, by its smallest majorities and by its vote, and tries whatever any of them finds on all.</summary>
/// <param name="setting">How much is tried.</param>
/// <param name="classes">The number of classes.</param>
/// <param name="images">(n, channels, height, width) pixels from 0 to 1.</param>
/// <param name="labels">(n), int64.</param>
/// <remarks>
/// So a member that is said to fall does, two members that are said to fail at once do, and both fail wherever they fail at once: the disjointness gain is never negative
/// (Devvrit et al. 2020, arXiv 2011.14031, in our reconstruction).
/// </remarks>
internal sealed class JointAttack(NestedSetting setting, int classes, Tensor images, Tensor labels)
{
    private readonly AttackDisplay display = new();

    /// <summary>Attacks a committee.</summary>
    /// <param name="members">Its members.</param>
    /// <param name="losses">What each was trained by.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public CommitteeMeasure Measure(NestedMembers members, IReadOnlyList<string> losses, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var started = Stopwatch.GetTimestamp();
        var (scores, majority) = (members.Scores, members.Scores.Count / 2 + 1);
        List<RobustnessResult> results = [];
        IReadOnlyList<Attack> Found() => [.. results.Select((result, i) => new TransferAttack($"attack {i + 1}", result.Images))];

        foreach (var (size, member) in setting.Sizes.Zip(scores))
            Attack(size.Name, new ModelDefence(classes, member), AutoAttack.Climbs(classes, setting.AttackSteps));
        foreach (var subset in VoteAttack.Subsets(scores.Count, majority))
        {
            Attack(string.Join("+", subset.Select(member => setting.Sizes[member].Name)), new JointDefence(classes, [.. subset.Select(member => scores[member])]), [
                .. Found(), new AutoPgd(new LeastRatioLoss()) { Steps = setting.AttackSteps }, new AutoPgd(new ClampedRatioLoss()) { Steps = setting.AttackSteps }]);
        }

        var defence = new VotingDefence(classes, new StrictPlurality(), scores);
        Attack("vote", defence, [.. Found(), .. VoteAttack.Standard(scores.Count, setting.AttackSteps, setting.Queries)]);

        // wrong[set][member][image], of everything that was found.
        var wrong = results.Select(result => scores.Select(member => Wrong(member, result.Images)).ToArray()).ToArray();
        var count = (int)images.shape[0];
        var holds = Enumerable.Range(0, scores.Count).Select(member => Any(i => results[member].IsRobust[i] && !wrong.Any(set => set[member][i]))).ToArray();
        var vote = results[^1];
        var pairs = VoteAttack.Subsets(scores.Count, 2).Select(pair =>
        {
            bool AtOnce(int i) => wrong.Any(set => pair.All(member => set[member][i]));
            return new PairMeasure(
                string.Join(", ", pair.Select(member => setting.Sizes[member].Name)), Share(Any(i => pair.All(member => !holds[member][i]))), Share(Any(AtOnce)), Alignment(scores[pair[0]], scores[pair[1]]));
        }).ToList();
        var measure = new CommitteeMeasure(
            [.. scores.Select((_, i) => new MemberMeasure(setting.Sizes[i].Name, losses[i], results[i].CleanAccuracy, Share(holds[i])))],
            pairs,
            members.Parameters,
            vote.CleanAccuracy,
            Abstention(defence),
            Share(Any(i => holds.Count(member => member[i]) >= majority)),
            Any(i => vote.IsRobust[i]),
            results.Sum(result => result.Attacks.Sum(attack => attack.Cost.Gradients)),
            Stopwatch.GetElapsedTime(started).TotalSeconds);
        foreach (var result in results)
            result.Dispose();
        return measure;

        bool[] Any(Func<int, bool> which) => [.. Enumerable.Range(0, count).Select(which)];

        void Attack(string name, IDefence attacked, IReadOnlyList<Attack> attacks) =>
            results.Add(AutoAttack.Evaluate(attacked, images, labels, setting.Threat, attacks, progress: step => display.Show(name, step), cancellation: cancellation));
    }

    private static double Share(bool[] flags) => flags.Count(flag => flag) / (double)flags.Length;

    private double Abstention(VotingDefence defence)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var answers = defence.Answers(defence.Logits(images));
        return answers.Count(answer => answer == VotePolicy.Abstain) / (double)answers.Length;
    }

    private bool[] Wrong(Func<Tensor, Tensor> member, Tensor moved)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        return member(moved).argmax(1).ne(labels).cpu().data<bool>().ToArray();
    }

    private double Alignment(Func<Tensor, Tensor> one, Func<Tensor, Tensor> other)
    {
        using var scope = NewDisposeScope();
        return nn.functional.cosine_similarity(Slope(one), Slope(other), dim: 1, eps: 1e-12).mean().item<float>();
    }

    private Tensor Slope(Func<Tensor, Tensor> member)
    {
        var input = images.detach().requires_grad_();
        var loss = nn.functional.cross_entropy(member(input), labels, reduction: nn.Reduction.Sum);
        return autograd.grad([loss], [input])[0].flatten(1);                                              // (n, values)
    }
}
