using System.Text.Json;
using Nestor.Cli.Reports;
using Nestor.Cli.Voting;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training;
using Nestor.Training.Robustness;
using static TorchSharp.torch;

namespace Nestor.Cli.Tests.Voting;

/// <summary>Committees of one model's sizes beside committees of models trained by themselves, at the smallest scale.</summary>
public sealed class NestedCommitteesTests : IDisposable
{
    private static readonly NestedSetting Setting = new()
    {
        Images = "shapes:0.1",
        Shape = new VisionConfig
        {
            ImageSize = 1,
            PatchSize = 1,
            HiddenSize = 8,
            FullWidths = WidthPlan.Uniform(32, 1),
            Heads = 2,
            Classes = 2,
            Granularities = [new("S", 8), new("M", 16), new("L", 32)],
        },
        Threat = new(Norm.Infinity, 4 / 255.0),
        Losses = ["pgd", "trades/3", "mart"],
        Steps = 30,
        Batch = 16,
        SearchSteps = 1,
        LearningRate = 1e-2,
        Count = 40,
        AttackSteps = 1,
        Queries = 2,
    };

    private static readonly IReadOnlyList<CommitteeKind> Kinds = [new(IsNested: true, HasOwnLosses: true), new(IsNested: false, HasOwnLosses: true), new(IsNested: false, HasOwnLosses: true, IsLong: true)];

    private readonly string folder = Directory.CreateTempSubdirectory("nestor-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact(Explicit = true)]
    [Trait("Category", "Slow")]
    public void What_attacks_found_on_members_on_pairs_and_on_the_vote_agrees_and_is_found_once()
    {
        TorchRuntime.EnsureLoaded();
        set_num_threads(1);
        List<int> known = [];
        var results = new NestedCommittees(Setting, folder).Run(Kinds, soFar => known.Add(soFar.Committees.Count));
        Assert.Equal([1, 2, 3], known);
        foreach (var (kind, _, measure) in results.Committees)
        {
            Assert.Equal(kind.Losses(Setting), measure.Members.Select(member => member.Loss));
            Assert.Equal(40, measure.Holds.Count);
            Assert.InRange(measure.Robust, measure.Counted, measure.Clean);
            Assert.All(measure.Members, member => Assert.InRange(member.Robust, 0, member.Clean));
            Assert.All(measure.Pairs, pair => Assert.InRange(pair.FailAtOnce, 0, pair.BothFail));
            Assert.InRange(1 - measure.Robust, measure.Pairs.Max(pair => pair.FailAtOnce) - 1e-9, measure.Pairs.Sum(pair => pair.FailAtOnce) + 1e-9);
        }

        Assert.True(results.Committees[0].Measure.Parameters < results.Committees[1].Measure.Parameters);
        Assert.Equal((0.0, 0.0), results.Difference(Kinds[0], Kinds[0]));
        Assert.Null((results with { Committees = [results.Committees[0]] }).Difference(Kinds[0], Kinds[1]));

        var weights = Directory.GetFiles(folder, "model.safetensors", SearchOption.AllDirectories);
        var written = weights.Select(File.GetLastWriteTimeUtc).ToList();
        var again = new NestedCommittees(Setting, folder).Run(Kinds);
        Assert.Equal(JsonSerializer.Serialize(results.Committees), JsonSerializer.Serialize(again.Committees));
        Assert.Equal(written, weights.Select(File.GetLastWriteTimeUtc));

        var page = new NestedVotingReport("nestor reproduce nested-committees", "A remark.", results).Markdown();
        Assert.All(Kinds, kind => Assert.Contains($"| {kind.Name} | 1 |", page, StringComparison.Ordinal));
        Assert.Contains("less independent, own losses", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_with_one_loss_share_the_first()
    {
        Assert.Equal(["pgd", "pgd", "pgd"], new CommitteeKind(IsNested: true, HasOwnLosses: false).Losses(Setting));
        Assert.Equal(Setting.Losses, Kinds[0].Losses(Setting));
        Assert.Equal(5, CommitteeKind.All.Distinct().Count());
    }

    [Fact]
    public void A_stopped_run_leaves_no_result_behind()
    {
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => new NestedCommittees(Setting, folder).Run(CommitteeKind.All, cancellation: stopped.Token));
        Assert.Empty(Directory.GetFiles(folder, "*.json").Concat(Directory.Exists(Path.Combine(folder, "seed-1")) ? Directory.GetFiles(Path.Combine(folder, "seed-1"), "*.json") : []));
    }

    [Fact]
    public void What_cannot_be_compared_is_refused_before_any_work()
    {
        Assert.Contains("one for each", Refused(Setting with { Losses = ["pgd"] }));
        Assert.Contains("'hope' is not a loss", Refused(Setting with { Losses = ["pgd", "hope", "mart"] }));
        Assert.Contains("odd number", Refused(Setting with { Shape = Setting.Shape with { Granularities = [new("S", 8), new("L", 32)] }, Losses = ["pgd", "mart"] }));
        Assert.Contains("0 images", Refused(Setting with { Count = 0 }));
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    private string Refused(NestedSetting setting) => Assert.Throws<NestorException>(() => new NestedCommittees(setting, folder).Run(CommitteeKind.All)).Message;
}
