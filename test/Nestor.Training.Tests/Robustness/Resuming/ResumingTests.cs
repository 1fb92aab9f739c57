using CsCheck;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness.Resuming;

/// <summary>Evaluations that were stopped, or are done, and are run again.</summary>
public sealed class ResumingTests : IDisposable
{
    private const int Count = 40, Batch = 15;

    private static readonly Threat Allowed = new(Norm.Infinity, 0.012);
    private static readonly LinearModel[] Models = [.. Enumerable.Range(1, 3).Select(seed => new LinearModel(classes: 5, side: 4, seed))];

    private readonly string root = Directory.CreateTempSubdirectory("nestor-resuming-").FullName;
    private int folders;

    [Fact]
    public void An_evaluation_that_is_stopped_anywhere_ends_as_if_it_had_never_stopped()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var whole = Evaluate(Models[0].Defence);
        Assert.InRange(whole.IsRobust.Count(robust => robust), 1, Count - 2);
        Gen.Int[1, 8].Array[1, 3].Sample(stops =>
        {
            var folder = Fresh();
            foreach (var batches in stops)
                Stop(batches, (progress, cancellation) => Evaluate(Models[0].Defence, folder, progress, cancellation).Dispose());
            using var resumed = Evaluate(Models[0].Defence, folder);
            AssertSame(whole, resumed);
        }, iter: 8, threads: 1);
    }

    [Fact]
    public void A_complete_evaluation_is_read_back_without_attacking()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var gradients = 0;
        var counted = new ModelDefence(5, images =>
        {
            // One image by itself only shows whether there are gradients to follow.
            gradients += images.requires_grad && images.shape[0] > 1 ? 1 : 0;
            return Models[0].Scores(images);
        });
        var folder = Fresh();
        using var first = Evaluate(counted, folder);
        Assert.True(gradients > 0);
        gradients = 0;
        using var second = Evaluate(counted, folder);
        Assert.Equal(0, gradients);
        AssertSame(first, second);
        Assert.Equal(first.Attacks, second.Attacks);
    }

    [Fact]
    public void A_committee_that_is_stopped_anywhere_ends_as_if_it_had_never_stopped()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var whole = Committee();
        foreach (var batches in new[] { 1, 9, 30 })
        {
            var folder = Fresh();
            Stop(batches, (progress, cancellation) => Committee(folder, progress, cancellation).Dispose());
            using var resumed = Committee(folder);
            AssertSame(whole.Vote, resumed.Vote);
            Assert.All(whole.Members.Zip(resumed.Members), pair => AssertSame(pair.First, pair.Second));
            Assert.Equal(whole.Counted, resumed.Counted);
        }
    }

    [Fact]
    public void A_folder_of_another_evaluation_is_refused_with_every_difference()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var folder = Fresh();
        Evaluate(Models[0].Defence, folder).Dispose();
        var (images, labels) = Models[0].Data(Count, seed: 2);
        Attack[] attacks = [new ProjectedGradient()];
        var settings = new EvaluationOptions { Folder = folder, Seed = 7, Batch = Batch };
        var message = Assert.Throws<NestorException>(() => AutoAttack.Evaluate(Models[0].Defence, images, labels, new Threat(Norm.Two, 0.1), attacks, settings)).Message;
        Assert.All(["threat", "seed was 1, not 7", "2 attacks, not 1"], difference => Assert.Contains(difference, message, StringComparison.Ordinal));
        Assert.Contains("other images", Refused(images * 0.99), StringComparison.Ordinal);
        Assert.Contains("other images", Refused(images.narrow(0, 0, 9)), StringComparison.Ordinal);
        Assert.Contains("scored the first images otherwise", Refused(images, Models[1].Defence), StringComparison.Ordinal);
        Assert.Contains("not 1 models that vote by StrictPlurality", Refused(images, new VotingDefence(5, new StrictPlurality(), [Models[0].Scores])), StringComparison.Ordinal);

        var transfer = Fresh();
        Transfer(images);
        Assert.Contains("attack 1 was transfer", Assert.Throws<NestorException>(() => Transfer(images * 0.99)).Message, StringComparison.Ordinal);

        string Refused(Tensor given, IDefence? defence = null) =>
            Assert.Throws<NestorException>(() => AutoAttack.Evaluate(defence ?? Models[0].Defence, given, labels.narrow(0, 0, given.shape[0]), Allowed, Attacks, Options(folder))).Message;

        void Transfer(Tensor candidates) => AutoAttack.Evaluate(Models[0].Defence, images, labels, Allowed, [new TransferAttack("another", candidates)], Options(transfer)).Dispose();
    }

    [Fact]
    public void A_damaged_folder_is_refused_with_the_name_of_the_file()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var folder = Fresh();
        Evaluate(Models[0].Defence, folder).Dispose();
        foreach (var file in Directory.GetFiles(folder).Order(StringComparer.Ordinal))
        {
            var kept = File.ReadAllBytes(file);
            File.WriteAllBytes(file, kept[..(kept.Length / 2)]);
            Assert.Contains(file, Assert.Throws<NestorException>(() => Evaluate(Models[0].Defence, folder)).Message, StringComparison.Ordinal);
            File.WriteAllBytes(file, kept);
        }
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static Attack[] Attacks => [new ProjectedGradient { Steps = 5 }, new SquareAttack { Queries = 30 }];

    private static EvaluationOptions Options(string? folder) => new() { Batch = Batch, Folder = folder };

    private string Fresh() => Path.Combine(root, $"{++folders}");

    private static RobustnessResult Evaluate(IDefence defence, string? folder = null, Action<AttackProgress>? progress = null, CancellationToken cancellation = default)
    {
        var (images, labels) = Models[0].Data(Count, seed: 2);
        return AutoAttack.Evaluate(defence, images, labels, Allowed, Attacks, Options(folder), progress, cancellation);
    }

    private static CommitteeEvaluation Committee(string? folder = null, Action<AttackProgress>? progress = null, CancellationToken cancellation = default)
    {
        var (images, labels) = Models[0].Data(Count, seed: 2);
        return CommitteeEvaluation.Run(
            5, new StrictPlurality(), [.. Models.Select((model, i) => ($"model {i}", (Func<Tensor, Tensor>)model.Scores))], images, labels, Allowed, Attacks,
            [new AutoPgd(new CrossEntropyLoss()) { Steps = 5 }], Options(folder), progress: (_, step) => progress?.Invoke(step), cancellation: cancellation);
    }

    /// <summary>Runs until so many batches were told of; the next one is not attacked.</summary>
    private static void Stop(int batches, Action<Action<AttackProgress>, CancellationToken> run)
    {
        using var source = new CancellationTokenSource();
        try
        {
            run(_ =>
            {
                if (--batches == 0)
                    source.Cancel();
            }, source.Token);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static void AssertSame(RobustnessResult expected, RobustnessResult found)
    {
        Assert.Equal(expected.IsCorrect, found.IsCorrect);
        Assert.Equal(expected.IsRobust, found.IsRobust);
        Assert.Equal(expected.Attacks.Select(attack => attack with { Seconds = 0 }), found.Attacks.Select(attack => attack with { Seconds = 0 }));
        Assert.True(expected.Images.bytes.SequenceEqual(found.Images.bytes), "Every image must be moved to the same place, to the last bit.");
    }
}
