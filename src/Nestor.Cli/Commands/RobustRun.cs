using Nestor.Cli.Reports;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Certification;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>An evaluation of models and, of several, of their vote: attacks, curves and certificates, as a report.</summary>
internal sealed class RobustRun
{
    public required ImagePool Pool { get; init; }

    public required Tensor Images { get; init; }

    public required Tensor Labels { get; init; }

    public required Threat Threat { get; init; }

    public required VotePolicy Policy { get; init; }

    public required RobustEffort Effort { get; init; }

    /// <summary>Other ways to combine the models.</summary>
    public required IReadOnlyList<Aggregation> Rivals { get; init; }

    public required EvaluationOptions Options { get; init; }

    public required Action<string, AttackProgress> Progress { get; init; }

    private int Classes => Pool.Config.Classes;

    /// <summary>Runs everything.</summary>
    /// <param name="command">What the user wrote.</param>
    /// <param name="source">Where the images are from.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public RobustReport Report(string command, string source, CancellationToken cancellation)
    {
        var certified = CertifiedVote.Of(Pool.Certified, Policy, Images, Labels, Threat);
        if (Pool.Models.Count == 1)
        {
            using var alone = AutoAttack.Evaluate(
                Defence(0), Images, Labels, Threat, AutoAttack.Possible(Defence(0), Images, Effort.OnModels(Classes)), Part("member-1") with { Check = Effort.Checked > 0 ? RestartCheck.OnModel : null }, Telling(Pool.Models[0].Name), cancellation);
            return Report(command, source, [Member(0, alone, certified, cancellation)], committee: null, [], alone);
        }

        using var committee = CommitteeEvaluation.Run(
            Classes, Policy, Pool.Models, Images, Labels, Threat, Effort.OnModels(Classes), Effort.OnVotes(Policy, Pool.Models.Count), Options, Effort.Additions(Rivals), Progress, cancellation);
        var members = committee.Members.Select((result, member) => Member(member, result, certified, cancellation));
        var vote = new VotingDefence(Classes, Policy, [.. Pool.Models.Select(model => model.Scores)]);
        var curve = Curve(vote, "vote", committee.Vote, QuickAttacks.OnVote(Policy), cancellation);
        var provable = certified.Members.Any(flags => flags is not null) ? certified.VoteAccuracy : (double?)null;
        return Report(
            command, source, [.. members, RobustRow.Of("vote", committee.Vote, provable, curve)], RobustCommittee.Of(committee), committee.Warnings, committee.Vote);
    }

    private RobustReport Report(string command, string source, IReadOnlyList<RobustRow> rows, RobustCommittee? committee, IReadOnlyList<RobustnessWarning> warnings, RobustnessResult shown) => new()
    {
        Command = command,
        Images = source,
        Count = shown.IsRobust.Length,
        Threat = Threat,
        Policy = committee is null ? null : Policy,
        Rows = rows,
        Committee = committee,
        Warnings = [.. committee is null ? shown.Warnings : warnings, .. rows.SelectMany(row => row.Curve?.Warnings.Select(warning => warning with { Message = $"{row.Name}: {warning.Message}" }) ?? [])],
        Gallery = RobustGallery.Of(Images, shown, Labels, Pool.Config),
    };

    private RobustRow Member(int member, RobustnessResult result, CertifiedResult certified, CancellationToken cancellation)
    {
        var name = Pool.Models[member].Name;
        return RobustRow.Of(name, result, certified.MemberAccuracies[member], Curve(Defence(member), name, result, QuickAttacks.OnModel(Classes), cancellation, $"member-{member + 1}"));
    }

    private RobustnessCurve? Curve(IDefence defence, string name, RobustnessResult known, IReadOnlyList<Attack> attacks, CancellationToken cancellation, string? folder = null) => Effort.Curve == 0
        ? null
        : RobustnessCurve.Around(
            defence, Images, Labels, Threat, known, Effort.Curve, AutoAttack.HasGradients(defence, Images) ? attacks : AutoAttack.WithoutGradients(Math.Max(1, Effort.Queries / 10)), Part($"curve-{folder ?? name}"), Telling($"{name} against epsilon"), cancellation);

    private ModelDefence Defence(int member) => new(Classes, Pool.Models[member].Scores);

    private EvaluationOptions Part(string name) => Options with { Folder = Options.Folder is { } folder ? Path.Combine(folder, name) : null };

    private Action<AttackProgress> Telling(string name) => step => Progress(name, step);
}
