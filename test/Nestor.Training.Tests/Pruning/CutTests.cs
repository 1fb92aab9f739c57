using Nestor.Formats;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using Nestor.Training.Tests.Data;
using Nestor.Training.Tests.Vision;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Pruning;

/// <summary>A cut makes a model smaller, and what is left goes on as it was.</summary>
public sealed class CutTests : IDisposable
{
    private static readonly WidthPlan Narrower = new(32, 16, 48);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(FeedForwardKind.SwiGlu, null)]
    [InlineData(FeedForwardKind.Gelu, 1)]
    [InlineData(FeedForwardKind.SquaredRelu, null)]
    public void A_pruned_folder_gives_the_decoder_the_logits_of_the_cut_model(FeedForwardKind kind, int? heads)
    {
        using var model = PruningFixture.Language(kind);
        UnitOrder.Descending(PruningFixture.Scores(model, new ActivationTimesOutput())).Apply();
        if (heads is not null)
            UnitOrder.Descending(new GroupNorm().Measure(model, PruningFixture.Calibration, GroupKind.AttentionHead)).Apply();
        using var cut = model.Cut(Narrower, heads);
        cut.Save(folder.Path("cut"), tokenizer: null);
        model.Save(folder.Path("whole"), tokenizer: null);
        using var checkpoint = Checkpoint.Open(folder.Path("cut"));
        var decoder = Decoder.Load(checkpoint);
        int[] tokens = [5, 1, 60, 33, 2, 2, 17];
        var actual = new float[tokens.Length * decoder.Config.VocabularySize];
        decoder.ForwardAll(tokens, new KvCache(decoder.Config), Narrower, actual);
        using var scope = NewDisposeScope();
        var expected = cut.Forward(tensor(tokens.Select(token => (long)token).ToArray(), 1, tokens.Length), Narrower).detach().flatten().data<float>().ToArray();
        var largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 2e-4 * largest));

        // The folder is smaller by exactly the weights that went.
        var gone = 4L * (ParameterCount.Of(model.Config, model.Config.FullWidths).Total - ParameterCount.Of(cut.Config, Narrower).Total);
        long Weights(string name) => new FileInfo(Path.Combine(folder.Path(name), "model.safetensors")).Length;
        Assert.InRange(Weights("whole") - Weights("cut") - gone, -1024, 1024);
    }

    [Theory]
    [InlineData(TensorType.BF16)]
    [InlineData(TensorType.F16)]
    public void A_model_is_written_in_the_type_it_came_in(TensorType type)
    {
        using var model = PruningFixture.Language();
        model.Save(folder.Path("short"), tokenizer: null, type);
        using var checkpoint = Checkpoint.Open(folder.Path("short"));
        Assert.Equal(type, checkpoint.Tensors.Get("model.layers.0.mlp.up_proj.weight").Type);
        using var read = MatLm.Load(checkpoint);
        read.Save(folder.Path("again"), tokenizer: null, type);
        Assert.Equal(File.ReadAllBytes(folder.Path("short/model.safetensors")), File.ReadAllBytes(folder.Path("again/model.safetensors")));
        Assert.All(model.Parameters.Zip(read.Parameters), pair => Assert.True(allclose(pair.First.Weight, pair.Second.Weight, rtol: 1e-2, atol: 1e-6)));
    }

    [Fact]
    public void A_cut_model_computes_what_the_whole_one_does_at_the_plan()
    {
        using var scope = NewDisposeScope();
        using var model = PruningFixture.Language();
        using var cut = model.Cut(Narrower);
        var batch = PruningFixture.Tokens.Batch(0, 0, CPU);
        Assert.True(allclose(model.Forward(batch.Inputs, Narrower), cut.Forward(batch.Inputs, Narrower), rtol: 1e-4, atol: 1e-4));
        Assert.Equal(Narrower, cut.Config.FullWidths);

        using var vision = MatVit.Create(VisionShapes.Small, 1);
        using var smaller = vision.Cut(Narrower);
        var images = randn(2, 1, 16, 16);
        Assert.True(allclose(vision.Forward(images, Narrower), smaller.Forward(images, Narrower), rtol: 1e-4, atol: 1e-4));
        Assert.Equal(["S", "M"], smaller.Config.Granularities.Select(granularity => granularity.Name));
        smaller.Save(folder.Path("vision"));
        using var checkpoint = VisionCheckpoint.Open(folder.Path("vision"));
        Assert.Equal(Narrower, checkpoint.Config.FullWidths);
    }

    [Fact]
    public void A_model_without_its_heads_computes_what_the_whole_one_does_with_theirs_at_zero()
    {
        using var scope = NewDisposeScope();
        using var model = PruningFixture.Language();
        using var cut = model.Cut(model.Config.FullWidths, keyValueHeads: 1);
        foreach (var heads in model.Groups.Where(groups => groups.Kind == GroupKind.AttentionHead))
            heads.Scale(tensor((float[])[1, 0]));
        var batch = PruningFixture.Tokens.Batch(0, 0, CPU);
        Assert.True(allclose(model.Forward(batch.Inputs, model.Config.FullWidths), cut.Forward(batch.Inputs, cut.Config.FullWidths), rtol: 1e-4, atol: 1e-4));
        Assert.Equal((2, 1), (cut.Config.Heads, cut.Config.KeyValueHeads));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Training_goes_on_after_a_cut_as_if_the_units_that_went_had_been_zero(bool skipUntouched)
    {
        var options = new TrainingOptions
        {
            Objective = new WholeObjective(),
            Steps = 12,
            BatchSize = 4,
            WindowLength = 12,
            LearningRate = 1e-2,
            WarmUpSteps = 0,
            Optimizer = new AdamWOptions { SkipUntouchedNeurons = skipUntouched },
        };
        using var model = PruningFixture.Language();
        using var trainer = new Trainer(model, PruningFixture.Tokens, options);
        using var stop = new CancellationTokenSource();
        Assert.False(trainer.Run(progress => { if (progress.Step == 6) stop.Cancel(); }, stop.Token));
        var order = UnitOrder.Descending(PruningFixture.Scores(model, new RandomImportance(4)));
        order.Apply();
        order.Apply(trainer.Optimizer, model.Parameters);

        using var cut = model.Cut(Narrower);
        using var continued = Trainer.Continue(trainer, cut, PruningFixture.Tokens, options);
        Assert.Equal(6, continued.Step);
        using (no_grad())
        {
            foreach (var groups in model.Groups.Where(groups => groups.Kind == GroupKind.FeedForwardNeuron))
            {
                var kept = Narrower[groups.Layer];
                foreach (var member in groups.Members)
                {
                    var (_, first, second) = trainer.Optimizer.State().Moments.Zip(model.Parameters).Single(pair => ReferenceEquals(pair.Second.Weight, member.Weight)).First;
                    foreach (var values in (Tensor[])[member.Weight, first, second])
                        values.narrow(member.Dimension, kept, groups.Count - kept).zero_();
                }
            }
        }

        var (whole, part) = (new List<double>(), new List<double>());
        trainer.Run(progress => whole.Add(progress.Losses[0].Loss));
        continued.Run(progress => part.Add(progress.Losses[0].Loss));
        Assert.Equal(6, whole.Count);
        Assert.All(whole.Zip(part), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
    }

    [Fact]
    public void A_pruning_run_that_was_stopped_in_any_phase_goes_on_to_the_same_weights()
    {
        var threads = get_num_threads();
        set_num_threads(1);
        var settings = new PruningSettings
        {
            Training = new TrainingOptions { BatchSize = 4, WindowLength = 12, LearningRate = 1e-2, WarmUpSteps = 1, CheckpointEvery = 0 },
            Penalty = new DecoupledSmoothedPenalty(1),
            Steps = 6,
            FineTuneSteps = 6,
            Distill = true,
        };
        var whole = Prune("whole", settings, stops: []);
        var stopped = Prune("stopped", settings, stops: [3, 9]);
        set_num_threads(threads);
        Assert.Equal(whole, stopped);
    }

    [Fact]
    public void A_cut_that_does_not_fit_is_refused()
    {
        using var model = PruningFixture.Language();
        Assert.Throws<NestorException>(() => model.Cut(new WidthPlan(65, 16, 16)));
        Assert.Contains("1 to 2", Assert.Throws<NestorException>(() => model.Cut(Narrower, keyValueHeads: 3)).Message, StringComparison.Ordinal);
        Assert.Contains("needs steps", Assert.Throws<NestorException>(() => new PruningSettings { Penalty = new ProximalPenalty(1) }.Validate()).Message, StringComparison.Ordinal);
    }

    private List<float> Prune(string name, PruningSettings settings, int[] stops)
    {
        foreach (var stop in stops.Select(step => (int?)step).Append(null))
        {
            using var run = new PruningRun<MatLm>(
                folder.Path(name + "-before"), folder.Path(name + "-after"), () => PruningFixture.Language(), (model, plan) => model.Cut(plan), PruningFixture.Tokens, settings, resume: true);
            using var source = new CancellationTokenSource();
            void Watch(TrainingProgress progress)
            {
                if (progress.Step == stop)
                    source.Cancel();
            }

            if (!run.Regularize(Watch, source.Token))
                continue;
            run.Cut(Narrower, run.Score(new GroupNorm(), PruningFixture.Calibration));
            if (run.FineTune(Watch, source.Token))
                return [.. run.Model.Parameters.SelectMany(parameter => parameter.Weight.detach().flatten().data<float>().ToArray())];
        }

        throw new InvalidOperationException("The run did not end.");
    }
}
