using Nestor.Training.Robustness.Attacks;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>The parts of a committee's evaluation, each an evaluation by itself.</summary>
internal sealed record CommitteeRun(
    int Classes,
    VotePolicy Policy,
    IReadOnlyList<(string Name, Func<Tensor, Tensor> Scores)> Members,
    Tensor Images,
    Tensor Labels,
    Threat Threat,
    EvaluationOptions Options,
    Action<string, AttackProgress>? Progress,
    CancellationToken Cancellation)
{
    /// <summary>The committee's vote.</summary>
    public VotingDefence Vote { get; } = new(Classes, Policy, [.. Members.Select(member => member.Scores)]);

    /// <summary>Attacks a member by itself.</summary>
    public RobustnessResult Alone(int member, IReadOnlyList<Attack> attacks, Attack? check) =>
        Evaluate(Members[member].Name, $"member-{member + 1}", new ModelDefence(Classes, Members[member].Scores), Images, Labels, attacks, check);

    /// <summary>Attacks what the members are together.</summary>
    public RobustnessResult Together(string name, string part, IDefence defence, IReadOnlyList<Attack> attacks, Attack? check) => Evaluate(name, part, defence, Images, Labels, attacks, check);

    /// <summary>Checks the attacks on the vote, on the first images.</summary>
    public CommitteeChecks Check(CommitteeAdditions additions, RobustnessResult member, RobustnessResult vote)
    {
        using var scope = NewDisposeScope();
        var count = (int)Math.Min(additions.Checked, Images.shape[0]);
        var (images, labels) = (Images.narrow(0, 0, count), Labels.narrow(0, 0, count));
        var (first, other) = (Members[0], Members[1]);
        var surrogate = Evaluate("the average alone", "surrogate", Vote, images, labels, [additions.Surrogate], check: null);
        var twice = new VotingDefence(Classes, new AbsoluteMajority(), [first.Scores, other.Scores, first.Scores]);
        var repeated = Evaluate("a repeated member", "repeated", twice, images, labels, additions.OnRepeated, check: null);
        return new CommitteeChecks(
            count, vote.IsRobust.Take(count).Count(robust => robust) / (double)count, surrogate.RobustAccuracy,
            RepeatedMember.Of(first.Name, other.Name, [.. member.IsRobust.Take(count)], repeated.IsRobust));
    }

    private RobustnessResult Evaluate(string name, string part, IDefence defence, Tensor images, Tensor labels, IReadOnlyList<Attack> attacks, Attack? check) =>
        AutoAttack.Evaluate(defence, images, labels, Threat, AutoAttack.Possible(defence, images, attacks), Options.Part(part) with { Check = check }, step => Progress?.Invoke(name, step), Cancellation);
}
