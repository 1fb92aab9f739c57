using Nestor.Models;
using Nestor.Text;
using Nestor.Training.Data;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using Nestor.Training.Tests.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Optimization;

public sealed class TrainerTests : IDisposable
{
    private static readonly string[] Words = ["the", "cat", "sat", "on", "a", "mat", "and", "dog", "ran", "to", "house"];

    private readonly TemporaryFolder folder = new();
    private readonly Tokenizer tokenizer;
    private readonly Corpus corpus;
    private readonly ModelConfig config;

    public TrainerTests()
    {
        var documents = Enumerable.Range(0, 60).Select(i => string.Join(' ', Enumerable.Range(0, 60).Select(j => Words[(i * 7 + j * (1 + i % 5)) % Words.Length]))).ToList();
        File.WriteAllLines(folder.Path("text.jsonl"), documents.Select(document => $"{{\"text\":\"{document}\"}}"));
        tokenizer = TokenizerTrainer.Train(documents, 272);
        corpus = Corpus.Build(TextSource.Open(folder.Path("text.jsonl")), tokenizer, folder.Path("corpus"), 0.1);
        config = Shapes.Small with { VocabularySize = tokenizer.VocabularySize };
    }

    private static TrainingOptions Options { get; } = new()
    {
        Steps = 60,
        BatchSize = 8,
        WindowLength = 24,
        LearningRate = 1e-2,
        WarmUpSteps = 5,
        CheckpointEvery = 0,
    };

    public void Dispose()
    {
        corpus.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("sampled")]
    [InlineData("joint")]
    [InlineData("sandwich")]
    public void Every_objective_lowers_the_loss(string objective)
    {
        var losses = Train(Options with { Objective = ObjectiveText.Parse(objective) });
        Assert.True(losses[^1] < 0.6 * losses[0], $"from {losses[0]} to {losses[^1]}");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("coupled:0.01")]
    [InlineData("decoupled:0.5")]
    [InlineData("proximal:0.5")]
    [InlineData("target:24")]
    public void Resuming_continues_the_same_losses_bit_for_bit(string? penalty)
    {
        using var single = new SingleThread();
        var options = Options with
        {
            Steps = 12,
            Accumulate = 2,
            Optimizer = new AdamWOptions { SkipUntouchedNeurons = true },
            GroupLasso = penalty is null ? null : new GroupLassoOptions { Penalty = PenaltyText.Parse(penalty), Schedule = new(0.8), Kinds = [GroupKind.FeedForwardNeuron, GroupKind.AttentionHead] },
        };
        if (penalty == "target:24")
            options = options with { GroupLasso = options.GroupLasso! with { Kinds = [GroupKind.FeedForwardNeuron] } };
        var whole = Train(options);

        List<double> parts;
        using (var model = MatLm.Create(config, 1))
        using (var trainer = new Trainer(model, corpus, options))
        using (var stop = new CancellationTokenSource())
        {
            parts = [];
            Assert.False(trainer.Run(
                step =>
                {
                    parts.Add(step.Losses[0].Loss);
                    if (step.Step == 5)
                        stop.Cancel();
                },
                stop.Token));
            TrainingCheckpoint.Write(folder.Path("run"), trainer, tokenizer);
        }

        using (var model = MatLm.Create(config, 99))
        using (var trainer = new Trainer(model, corpus, options))
        {
            TrainingCheckpoint.Newest(folder.Path("run"))!.Restore(trainer);
            Assert.Equal(5, trainer.Step);
            Assert.True(trainer.Run(step => parts.Add(step.Losses[0].Loss)));
        }

        Assert.Equal(whole, parts);
    }

    [Fact]
    public void A_penalty_of_the_options_shrinks_units_until_they_are_gone()
    {
        using var model = MatLm.Create(config, 1);
        using var trainer = new Trainer(model, corpus, Options with { GroupLasso = new GroupLassoOptions { Penalty = new TargetDecay(20) } });
        Assert.True(trainer.Run());
        foreach (var groups in model.Groups)
            Assert.Equal(groups.Kind == GroupKind.FeedForwardNeuron ? 20 : groups.Count, groups.NormValues().Count(norm => norm > 0));
    }

    [Fact]
    public void A_checkpoint_of_another_penalty_is_refused()
    {
        using var model = MatLm.Create(config, 1);
        using var trainer = new Trainer(model, corpus, Options);
        TrainingCheckpoint.Write(folder.Path("run"), trainer, tokenizer);
        using var other = new Trainer(model, corpus, Options with { GroupLasso = new GroupLassoOptions { Penalty = new ProximalPenalty(1) } });
        var error = Assert.Throws<NestorException>(() => TrainingCheckpoint.Newest(folder.Path("run"))!.Restore(other));
        Assert.Contains("penalty was nothing, not \"proximal:1\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Accumulated_batches_make_the_gradient_of_one_large_batch()
    {
        var large = Train(Options with { Steps = 3, WarmUpSteps = 0, BatchSize = 8 });
        var small = Train(Options with { Steps = 3, WarmUpSteps = 0, BatchSize = 2, Accumulate = 4 });
        Assert.All(large.Zip(small), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void Fifty_steps_leave_the_number_of_live_tensors_unchanged()
    {
        using var model = MatLm.Create(config, 1);
        using var trainer = new Trainer(model, corpus, Options with { Steps = 60, Objective = new SandwichObjective() });
        var live = new List<long>();
        trainer.Run(step =>
        {
            if (step.Step % 10 == 0)
                live.Add(DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        });
        Assert.Equal(6, live.Count);
        Assert.All(live, count => Assert.Equal(live[0], count));
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_the_run_with_advice()
    {
        var error = Assert.Throws<NestorException>(() => Train(Options with { LearningRate = 1e30, WarmUpSteps = 0 }));
        Assert.Contains("lower the learning rate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused_and_every_difference_named()
    {
        using var model = MatLm.Create(config, 1);
        using var trainer = new Trainer(model, corpus, Options);
        TrainingCheckpoint.Write(folder.Path("run"), trainer, tokenizer);

        using var otherModel = MatLm.Create(config with { Heads = 2, KeyValueHeads = 1, HeadSize = 16 }, 1);
        using var other = new Trainer(otherModel, corpus, Options with { LearningRate = 0.5, Seed = 3, Objective = new JointObjective(), CheckpointEvery = 7 });
        var error = Assert.Throws<NestorException>(() => TrainingCheckpoint.Newest(folder.Path("run"))!.Restore(other));
        foreach (var difference in new[] { "another shape", "learning_rate was 0.01, not 0.5", "seed was 1, not 3", "objective was \"sampled\", not \"joint\"" })
            Assert.Contains(difference, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("checkpoint_every", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_newest_checkpoint_is_kept_and_it_is_a_model_folder()
    {
        using var model = MatLm.Create(config, 1);
        using var trainer = new Trainer(model, corpus, Options with { Steps = 2, WarmUpSteps = 0 });
        TrainingCheckpoint.Write(folder.Path("run"), trainer, tokenizer);
        trainer.Run();
        TrainingCheckpoint.Write(folder.Path("run"), trainer, tokenizer);
        var only = Assert.Single(Directory.GetDirectories(folder.Path("run")));
        Assert.EndsWith("checkpoint-00000002", only, StringComparison.Ordinal);
        using var checkpoint = Checkpoint.Open(only);
        Assert.Equal(config, checkpoint.Config);
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_leaves_the_one_before()
    {
        using var model = MatLm.Create(config, 1);
        using var trainer = new Trainer(model, corpus, Options with { Steps = 1, WarmUpSteps = 0 });
        TrainingCheckpoint.Write(folder.Path("run"), trainer, tokenizer);
        trainer.Run();

        // A file where the new checkpoint's folder has to go: the write fails, even for an administrator.
        File.WriteAllText(Path.Combine(folder.Path("run"), ".checkpoint-00000001.tmp"), "");
        Assert.Throws<NestorException>(() => TrainingCheckpoint.Write(folder.Path("run"), trainer, tokenizer));
        Assert.Equal(0, TrainingCheckpoint.Newest(folder.Path("run"))!.Step);
    }

    [Fact]
    public void Damaged_training_state_is_reported()
    {
        using var model = MatLm.Create(config, 1);
        using var trainer = new Trainer(model, corpus, Options);
        TrainingCheckpoint.Write(folder.Path("run"), trainer, tokenizer);
        var state = Path.Combine(Directory.GetDirectories(folder.Path("run")).Single(), "training.json");
        File.WriteAllText(state, File.ReadAllText(state)[..40]);
        Assert.Contains("training.json", Assert.Throws<NestorException>(() => TrainingCheckpoint.Newest(folder.Path("run"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Impossible_options_are_all_named_at_once()
    {
        var options = new TrainingOptions { Steps = 0, LearningRate = -1, BatchSize = 0, ClipNorm = 0, Optimizer = new AdamWOptions { Beta1 = 1 } };
        var message = Assert.Throws<NestorException>(options.Validate).Message;
        foreach (var problem in new[] { "learning rate", "steps", "batch", "clip norm", "betas" })
            Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_writes_metrics_and_a_model_and_goes_on_where_it_stopped()
    {
        var options = Options with { Steps = 6, CheckpointEvery = 2 };
        using (var run = TrainingRun.Open(folder.Path("run"), config, tokenizer, corpus, options, resume: true))
        using (var stop = new CancellationTokenSource())
        {
            Assert.False(run.Execute(step => { if (step.Step == 3) stop.Cancel(); }, stop.Token));
        }

        using (var run = TrainingRun.Open(folder.Path("run"), config, tokenizer, corpus, options, resume: true))
        {
            Assert.Equal(3, run.Step);
            Assert.True(run.Execute());
        }

        Assert.Equal(6, MetricsLog.Read(Path.Combine(folder.Path("run"), "metrics.jsonl")).Steps);
        using var checkpoint = Checkpoint.Open(folder.Path("run"));
        Assert.Equal(tokenizer.Encode("the cat"), checkpoint.Tokenizer.Encode("the cat"));
    }

    private List<double> Train(TrainingOptions options)
    {
        using var model = MatLm.Create(config, 1);
        using var trainer = new Trainer(model, corpus, options);
        var losses = new List<double>();
        Assert.True(trainer.Run(step => losses.Add(step.Losses[0].Loss)));
        return losses;
    }

    /// <summary>Sums in libtorch depend on the number of threads that share them.</summary>
    private sealed class SingleThread : IDisposable
    {
        private readonly int threads = get_num_threads();

        public SingleThread() => set_num_threads(1);

        public void Dispose() => set_num_threads(threads);
    }
}
