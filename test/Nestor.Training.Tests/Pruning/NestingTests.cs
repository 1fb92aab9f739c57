using Nestor.Models;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using Nestor.Training.Tests.Data;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Pruning;

/// <summary>A dense model becomes one whose prefixes are models.</summary>
public sealed class NestingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_nested_dense_model_slices_at_every_width_and_wider_is_better()
    {
        var dense = Dense();
        var text = new EvaluationText([.. Enumerable.Range(0, 400).Select(Counting.Token)], 400);
        using var nesting = new NestingRun<MatLm>(folder.Path("before"), folder.Path("nested"), Load, Shapes.Small.Granularities, new Counting(), new PruningSettings
        {
            Training = new TrainingOptions { BatchSize = 8, WindowLength = 12, LearningRate = 5e-3, WarmUpSteps = 2, CheckpointEvery = 0 },
            FineTuneSteps = 40,
        }, resume: false);
        Assert.True(nesting.Regularize());
        Assert.InRange(nesting.Sort(new ActivationTimesOutput(), new Calibration(new Counting(), 4)), 0, 1e-3);
        var sorted = Losses(nesting.Model);
        Assert.True(nesting.Nest(new DistillationObjective()));
        var nested = Losses(nesting.Model);
        Assert.True(nested[0] < sorted[0], $"S from {sorted[0]} to {nested[0]}");
        Assert.All(nested.Zip(nested.Skip(1)), pair => Assert.True(pair.Second <= pair.First + 0.02, string.Join(", ", nested)));

        nesting.Model.Save(folder.Path("model"), tokenizer: null);
        using var checkpoint = Checkpoint.Open(folder.Path("model"));
        Assert.Equal(Shapes.Small.Granularities, checkpoint.Config.Granularities);
        for (var width = 1; width <= 64; width += 21)
        {
            var plan = WidthPlan.Uniform(width, 3);
            checkpoint.Slice(plan).Save(folder.Path($"slice{width}"));
            using var slice = Checkpoint.Open(folder.Path($"slice{width}"));
            using var model = MatLm.Load(slice);
            Assert.Equal(Loss(nesting.Model, plan), Loss(model, plan), 1e-4);
        }

        dense.Dispose();

        MatLm Load(IReadOnlyList<Granularity> granularities)
        {
            using var opened = Checkpoint.Open(folder.Path("dense"));
            return MatLm.Load(opened, granularities);
        }

        double Loss(MatLm model, WidthPlan plan) => new LossEvaluation(model, text, windowLength: 12).Measure(plan).NatsPerToken;
        List<double> Losses(MatLm model) => [.. Shapes.Small.Granularities.Select(granularity => Loss(model, WidthPlan.Uniform(granularity.Width, 3)))];
    }

    [Fact]
    public void A_prefix_of_sorted_neurons_loses_less_than_one_of_random_order()
    {
        using var dense = Dense();
        var text = new EvaluationText([.. Enumerable.Range(0, 400).Select(Counting.Token)], 400);
        double Loss(Importance importance)
        {
            UnitOrder.Descending(importance.Measure(dense, new Calibration(new Counting(), 8))).Apply();
            return Shapes.Small.Granularities.SkipLast(1).Sum(granularity => new LossEvaluation(dense, text, windowLength: 12).Measure(WidthPlan.Uniform(granularity.Width, 3)).NatsPerToken);
        }

        var random = Enumerable.Range(1, 3).Average(seed => Loss(new RandomImportance((ulong)seed)));
        Assert.True(Loss(new ActivationTimesOutput()) < random);
        Assert.True(Loss(new Taylor()) < random);
    }

    [Fact]
    public void A_student_with_the_teachers_weights_has_the_gradient_of_the_data_alone()
    {
        using var scope = NewDisposeScope();
        using var model = PruningFixture.Language();
        using var teacher = PruningFixture.Language();
        var batch = PruningFixture.Tokens.Batch(0, 0, CPU);
        new DistillationObjective(DataShare: 0) { Teacher = teacher }.Backward(model, batch, new StepRandom(1, 0), 1);
        Assert.All(model.Parameters, parameter => Assert.InRange(parameter.Weight.grad!.abs().max().item<float>(), 0, 1e-4));
        Assert.All(teacher.Parameters, parameter => Assert.Null(parameter.Weight.grad));
    }

    [Fact]
    public void Distillation_runs_every_granularity_or_the_ends_and_some_between()
    {
        using var scope = NewDisposeScope();
        using var teacher = PruningFixture.Language();
        using var model = PruningFixture.Language(nested: true);
        var batch = PruningFixture.Tokens.Batch(0, 0, CPU);
        string[] Names(int? between, long step) => [.. new DistillationObjective(0.5, between) { Teacher = teacher }.Backward(model, batch, new StepRandom(1, step), 1).Select(loss => loss.Name)];
        Assert.Equal(["S", "M", "L", "XL"], Names(null, 0));
        Assert.Equal(["S", "XL"], Names(0, 0));
        var drawn = Enumerable.Range(0, 20).Select(step => Names(1, step)[2]).Distinct().Order().ToArray();
        Assert.Equal(["L", "M"], drawn);
        foreach (var text in (string[])["distill:0.5", "distill:0.25/2", "whole"])
            Assert.Equal(text, ObjectiveText.Print(ObjectiveText.Parse(text)));
        Assert.Contains("learn from", Assert.Throws<NestorException>(() => new DistillationObjective().Validate(model.Config)).Message, StringComparison.Ordinal);
    }

    /// <summary>A model that has learned to count, without granularities.</summary>
    private MatLm Dense()
    {
        var model = MatLm.Create(Shapes.Small with { Granularities = [] }, 1);
        using var trainer = new Trainer(model, new Counting(), new TrainingOptions { Objective = new WholeObjective(), Steps = 60, BatchSize = 8, WindowLength = 12, LearningRate = 1e-2, WarmUpSteps = 5 });
        trainer.Run();
        model.Save(folder.Path("dense"), tokenizer: null);
        return model;
    }

    /// <summary>Texts in which a token says which comes next, but for some that are chance.</summary>
    private sealed class Counting : IBatchSource
    {
        public string Source => "counting";

        public string ContentHash => "counting";

        public static int Token(int place) => place % 5 == 4 ? place * 31 % 7 : (place * place / 3 + place) % Shapes.Small.VocabularySize;

        public TrainingBatch Batch(long step, int part, Device device)
        {
            var tokens = Enumerable.Range(0, 8 * 13).Select(i => (long)Token((int)((step * 8 + i / 13) * 17 % 380) + i % 13)).ToArray();
            var rows = tensor(tokens, 8, 13);
            return new TrainingBatch(rows.narrow(1, 0, 12), rows.narrow(1, 1, 12));
        }
    }
}
