using System.Globalization;
using Nestor.Cli.Commands;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Selection;
using Nestor.Training.Vision;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Cli.Voting;

/// <summary>One seed of a setting: trains a pool, chooses committees on images kept back, attacks members and votes on test images.</summary>
internal sealed class VotingExperiment : IDisposable
{
    // A repeated member is tried on fewer images: it checks the attacks, not the models.
    private const int RepetitionPoints = 200;

    private const int CurvePoints = 300;

    private static readonly StrictPlurality Policy = new();

    private readonly VotingSetting setting;
    private readonly VotingOptions options;
    private readonly int seed;
    private readonly Device device;
    private readonly string work;
    private readonly Action<string> say;
    private readonly CancellationToken cancellation;
    private readonly KeptResults kept;
    private readonly VotingData data;
    private readonly IDisposable scope = NewDisposeScope();
    private readonly List<IImageModel> opened = [];

    public VotingExperiment(VotingSetting setting, VotingOptions options, string? path, int seed, Device device, string work, Action<string> say, CancellationToken cancellation)
    {
        (this.setting, this.options, this.seed, this.device, this.work, this.say, this.cancellation) = (setting, options, seed, device, work, say, cancellation);
        kept = new KeptResults(Path.Combine(work, "results"));
        data = VotingData.Open(setting.Source, path, options, seed);
        Classes = data.Training.Classes.Count;
        (Images, Labels) = ImagePixels.Of(data.Test, Classes, data.Test.Count, device);
    }

    private int Classes { get; }

    private Tensor Images { get; }

    private Tensor Labels { get; }

    /// <summary>Does what is not done yet.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; the same experiment goes on.</exception>
    public VotingRun Run(RunOrigin origin)
    {
        var pool = Trained(PoolMember.Pool);
        var controls = Trained(options.HasControls ? PoolMember.Controls : []);
        string[] names = [.. pool.Select(model => model.Name)];
        var (images, labels) = ImagePixels.Of(data.Selection, Classes, data.Selection.Count, device);
        var selection = new PoolAttack(new PoolEvaluation(Classes, pool, images, labels, setting.Threat, options.SelectionSteps), names, data.Selection.Count, kept, "selection", say, cancellation);
        var alone = selection.Alone();
        var ranked = new CommitteeSearch(alone, selection.Together()).All();
        var members = pool.ConvertAll(Member);
        var pairs = new PoolAttack(new PoolEvaluation(Classes, pool, Images, Labels, setting.Threat, options.SelectionSteps), names, data.Test.Count, kept, "test", say, cancellation).Together();
        var committees = Roles(ranked).GroupBy(role => string.Join(',', role.Members)).Select(same => Attacked([.. same.Select(role => role.Role)], [.. same.First().Members], pool, members, pairs)).ToList();
        var chosen = committees.First(committee => committee.Outcome.Roles.Contains(CommitteeRole.Chosen));
        var (rivals, vote) = Rivals(chosen, pool, members, images, labels);
        return new VotingRun
        {
            Setting = setting,
            Origin = origin,
            Options = options,
            Seed = seed,
            Members = [.. members.Select(member => member.Named)],
            Controls = [.. controls.Select(control => Member(control).Named)],
            Ranked = [.. ranked.Select(candidate => new RankedCommittee([.. candidate.Members], candidate.Robust, candidate.Counted, pairs.RobustAccuracy(candidate.Members)))],
            Committees = [.. committees.Select(committee => committee.Outcome == chosen.Outcome ? vote : committee.Outcome)],
            Rivals = rivals,
            Curve = Curve(chosen.Outcome.Members, pool, chosen.Result),
            Repetition = Repeated(chosen.Outcome.Members, pool, members),
        };
    }

    /// <summary>Frees models and images.</summary>
    public void Dispose()
    {
        foreach (var model in opened)
            model.Dispose();
        scope.Dispose();
    }

    private List<(string Name, Func<Tensor, Tensor> Scores)> Trained(IReadOnlyList<PoolMember> members)
    {
        var training = new PoolTraining(setting, options, data, seed, device, work);
        return [.. members.Select(member =>
        {
            var (model, seconds) = training.Train(member, cancellation);
            say(string.Create(CultureInfo.InvariantCulture, $"{member.Name}: trained in {seconds:N0} s"));
            opened.Add(model);
            return (member.Name, PixelScores.Of(model, model.Config.FullWidths));
        })];
    }

    private AttackedModel Member((string Name, Func<Tensor, Tensor> Scores) model)
    {
        var result = Evaluate(new ModelDefence(Classes, model.Scores), OnModels(), "alone " + model.Name);
        say(string.Create(CultureInfo.InvariantCulture, $"test, {model.Name}: {result.CleanAccuracy:P1} right, {result.RobustAccuracy:P1} robust"));
        return new AttackedModel(new NamedOutcome(model.Name, Outcome.Of(result)), result.Images);
    }

    /// <summary>The committees that everything is tried on, and why.</summary>
    private static IEnumerable<(CommitteeRole Role, IReadOnlyList<int> Members)> Roles(IReadOnlyList<CommitteeCandidate> ranked)
    {
        yield return (CommitteeRole.Chosen, ranked[0].Members);
        yield return (CommitteeRole.SameLoss, ranked.First(candidate => Are(candidate, members => members.All(member => member is { IsSmall: true, Loss: "pgd", WeightPerturbation: 0 }))).Members);
        yield return (CommitteeRole.MixedLosses, ranked.First(candidate => Are(candidate, members => members.All(member => member.IsSmall) && Different(members, member => (member.Loss, member.WeightPerturbation)))).Members);
        yield return (CommitteeRole.MixedShapes, ranked.First(candidate => Are(candidate, members => Different(members, member => member.Preset))).Members);

        static bool Are(CommitteeCandidate candidate, Func<IReadOnlyList<PoolMember>, bool> condition) => condition([.. candidate.Members.Select(model => PoolMember.Pool[model])]);

        static bool Different<T>(IReadOnlyList<PoolMember> members, Func<PoolMember, T> part) => members.Select(part).Distinct().Count() == members.Count;
    }

    private (CommitteeOutcome Outcome, RobustnessResult Result) Attacked(
        IReadOnlyList<CommitteeRole> roles, int[] committee, List<(string Name, Func<Tensor, Tensor> Scores)> pool, List<AttackedModel> members, JointFailures pairs)
    {
        var vote = VoteOf(committee, pool);
        var family = OnVotes();
        var result = Evaluate(vote, [family[0], .. committee.Select(model => members[model].Transfer), .. family.Skip(1)], $"vote {string.Join('-', committee)}");
        var fallen = pairs.OfCommittee(committee);
        var outcome = Outcome.Of(result).And([.. Enumerable.Range(0, fallen.Points).Select(point => !fallen[point])]);
        say(string.Create(CultureInfo.InvariantCulture, $"vote of {string.Join(", ", committee.Select(model => pool[model].Name))}: {outcome.Clean:P1} right, {outcome.Accuracy:P1} robust"));
        return (new CommitteeOutcome(roles, committee, outcome, outcome.Clean - outcome.Attacks[0].Fallen / (double)outcome.Right.Length, Abstained(vote)), result);
    }

    /// <summary>The chosen members combined otherwise, and their vote after what broke the combinations was tried on it too.</summary>
    private (IReadOnlyList<NamedOutcome> Rivals, CommitteeOutcome Vote) Rivals(
        (CommitteeOutcome Outcome, RobustnessResult Result) chosen, List<(string Name, Func<Tensor, Tensor> Scores)> pool, List<AttackedModel> members, Tensor images, Tensor labels)
    {
        var committee = chosen.Outcome.Members;
        Aggregation[] aggregations = [new MeanProbability(), new MeanScore([.. committee.Select(model => TemperatureOf(pool[model].Scores, images, labels))])];
        var rivals = new List<NamedOutcome>();
        var vote = VoteOf(committee, pool);
        var transfers = new List<Attack>();
        foreach (var aggregation in aggregations)
        {
            var rival = new AggregateDefence(Classes, aggregation, [.. committee.Select(model => pool[model].Scores)]);
            var own = Evaluate(rival.Whole, OnModels(), aggregation.Name);
            var all = Evaluate(rival, [new TransferAttack("its own attacks", own.Images), new TransferAttack("the vote", chosen.Result.Images), .. committee.Select(model => members[model].Transfer), .. OnVotes()], $"{aggregation.Name} by attacks on the vote");
            var outcome = Outcome.Of(all);
            rivals.Add(new NamedOutcome(aggregation.Name, outcome with { Gradients = outcome.Gradients + own.Attacks.Sum(attack => attack.Cost.Gradients) }));
            transfers.Add(new TransferAttack(aggregation.Name, all.Images));
            say(string.Create(CultureInfo.InvariantCulture, $"{aggregation.Name}: {outcome.Clean:P1} right, {outcome.Accuracy:P1} robust"));
        }

        return (rivals, chosen.Outcome with { Vote = chosen.Outcome.Vote.And(Evaluate(vote, transfers, "vote by what broke its rivals").IsRobust) });
    }

    private IReadOnlyList<RobustnessPoint> Curve(int[] committee, List<(string Name, Func<Tensor, Tensor> Scores)> pool, RobustnessResult known) =>
        RobustnessCurve.Around(VoteOf(committee, pool), Images, Labels, setting.Threat, known, CurvePoints, QuickAttacks.OnVote(Policy), Kept("vote against epsilon"), cancellation: cancellation).Points;

    private Repetition Repeated(int[] committee, List<(string Name, Func<Tensor, Tensor> Scores)> pool, List<AttackedModel> members)
    {
        var (first, other) = (committee[0], committee[1]);
        var points = Math.Min(RepetitionPoints, (int)Images.shape[0]);
        var vote = VoteOf([first, first, other], pool);
        using var result = AutoAttack.Evaluate(vote, Images.narrow(0, 0, points), Labels.narrow(0, 0, points), setting.Threat, OnVotes(), Kept("a member twice"), cancellation: cancellation);
        return new Repetition(pool[first].Name, Outcome.Share(members[first].Named.Outcome.Robust[..points]), result.RobustAccuracy, points);
    }

    private IReadOnlyList<Attack> OnModels() => AutoAttack.Climbs(Classes, options.AttackSteps);

    /// <summary>Every attack on votes that has gradients; those with targets add nothing where three vote.</summary>
    private IReadOnlyList<Attack> OnVotes() =>
        [.. VoteAttack.Standard(Policy, PoolAttack.CommitteeMembers, options.AttackSteps).Where(attack => attack is not (SquareAttack or RandomSearch or JointAutoPgd { Targets: > 0 }))];

    private RobustnessResult Evaluate(IDefence defence, IReadOnlyList<Attack> attacks, string name) =>
        AutoAttack.Evaluate(defence, Images, Labels, setting.Threat, attacks, Kept(name), cancellation: cancellation);

    private EvaluationOptions Kept(string name) => new() { Seed = seed, Folder = Path.Combine(work, "attacks", string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'))) };

    private double TemperatureOf(Func<Tensor, Tensor> scores, Tensor images, Tensor labels)
    {
        using var quiet = no_grad();
        return Temperature.Of(scores(images), labels);
    }

    private VotingDefence VoteOf(IEnumerable<int> committee, List<(string Name, Func<Tensor, Tensor> Scores)> pool) => new(Classes, Policy, [.. committee.Select(model => pool[model].Scores)]);

    private double Abstained(VotingDefence vote)
    {
        using var quiet = no_grad();
        return Outcome.Share([.. vote.Answers(vote.Logits(Images)).Select(answer => answer == VotePolicy.Abstain)]);
    }
}
