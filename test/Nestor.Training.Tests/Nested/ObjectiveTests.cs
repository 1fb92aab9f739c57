using Nestor.Models;
using Nestor.Training.Nested;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Nested;

public sealed class ObjectiveTests
{
    private const int Draws = 40_000;

    [Theory]
    [InlineData("sampled", 0.25, 0.25, 0.25, 0.25)]
    [InlineData("sampled:0.2/0.22/0.24/0.34", 0.20, 0.22, 0.24, 0.34)]
    [InlineData("sampled:0/0/0/1", 0.0, 0.0, 0.0, 1.0)]
    public void Granularities_are_drawn_with_their_probabilities(string text, params double[] probabilities)
    {
        var objective = (SampledObjective)ObjectiveText.Parse(text);
        var counts = Enumerable.Range(0, Draws).CountBy(step => objective.Draw(Shapes.Small, new StepRandom(7, step)).Name).ToDictionary();
        foreach (var (granularity, probability) in Shapes.Small.Granularities.Zip(probabilities))
        {
            var share = counts.GetValueOrDefault(granularity.Name) / (double)Draws;
            var deviation = Math.Sqrt(probability * (1 - probability) / Draws);
            Assert.InRange(share, probability - 4.5 * deviation, probability + 4.5 * deviation);
        }
    }

    [Fact]
    public void A_steps_granularity_is_a_function_of_seed_and_step()
    {
        var objective = new SampledObjective();
        string[] Names(ulong seed) => [.. Enumerable.Range(0, 64).Select(step => objective.Draw(Shapes.Small, new StepRandom(seed, step)).Name)];
        Assert.Equal(Names(1), Names(1));
        Assert.NotEqual(Names(1), Names(2));
    }

    [Fact]
    public void A_sampled_step_leaves_the_gradient_of_wider_neurons_zero()
    {
        using var model = MatLm.Create(Shapes.Small, 1);
        using var scope = NewDisposeScope();
        var loss = Assert.Single(new SampledObjective(1, 0, 0, 0).Backward(model, Batch(), new StepRandom(1, 0), 1));
        Assert.Equal("S", loss.Name);
        var width = Shapes.Small.Granularities[0].Width;
        foreach (var parameter in model.Parameters)
        {
            var gradient = parameter.Weight.grad!;
            if (parameter.Neurons is { } neurons)
                gradient = gradient.narrow(neurons.Dimension, width, gradient.shape[neurons.Dimension] - width);
            Assert.Equal(parameter.Neurons is not null, gradient.count_nonzero().item<long>() == 0);
        }
    }

    [Fact]
    public void The_joint_gradient_is_the_sum_or_the_mean_of_the_granularities()
    {
        using var model = MatLm.Create(Shapes.Small, 1);
        using var scope = NewDisposeScope();
        var batch = Batch();
        var alone = zeros_like(Gradient(model, new SampledObjective(1, 0, 0, 0), batch));
        for (var i = 0; i < 4; i++)
            alone = alone + Gradient(model, new SampledObjective([.. Enumerable.Range(0, 4).Select(j => i == j ? 1.0 : 0)]), batch);
        Assert.True(allclose(alone, Gradient(model, new JointObjective(Mean: false), batch), rtol: 1e-4, atol: 1e-7));
        Assert.True(allclose(alone / 4, Gradient(model, new JointObjective(Mean: true), batch), rtol: 1e-4, atol: 1e-7));
    }

    [Fact]
    public void The_sandwich_runs_the_widest_the_narrowest_and_widths_between()
    {
        using var model = MatLm.Create(Shapes.Small, 1);
        using var scope = NewDisposeScope();
        var losses = new SandwichObjective(Between: 3).Backward(model, Batch(), new StepRandom(1, 0), 1);
        Assert.Equal(["XL", "S"], losses.Take(2).Select(loss => loss.Name));
        Assert.All(losses.Skip(2), loss => Assert.InRange(int.Parse(loss.Name), 8, 64));
        Assert.Equal(5, losses.Count);
        Assert.All(losses, loss => Assert.InRange(loss.Loss, 3.5, 4.7));
    }

    [Fact]
    public void Students_of_the_sandwich_learn_from_the_widest_and_not_from_the_data()
    {
        // A student as wide as its teacher already has the teacher's distribution, so it has nothing to learn.
        var config = Shapes.Small with { Granularities = [new Granularity("all", 64)] };
        using var model = MatLm.Create(config, 1);
        using var scope = NewDisposeScope();
        var batch = Batch();
        var teacher = Gradient(model, new SandwichObjective(Between: 0), batch);
        var data = Gradient(model, new SampledObjective(), batch);
        Assert.True(allclose(data / 2, teacher, rtol: 1e-3, atol: 1e-6));
    }

    [Theory]
    [InlineData("sampled")]
    [InlineData("sampled:0.2/0.22/0.24/0.34")]
    [InlineData("joint")]
    [InlineData("joint-sum")]
    [InlineData("sandwich")]
    [InlineData("sandwich:5")]
    public void Printing_what_was_read_is_identity(string text) => Assert.Equal(text, ObjectiveText.Print(ObjectiveText.Parse(text)));

    [Theory]
    [InlineData("")]
    [InlineData("best")]
    [InlineData("sampled:")]
    [InlineData("sampled:a/b")]
    [InlineData("joint:2")]
    [InlineData("sandwich:-1")]
    [InlineData("sandwich:1.5")]
    [InlineData("sandwich:1000000")]
    public void What_is_no_objective_is_refused(string text) => Assert.Throws<NestorException>(() => ObjectiveText.Parse(text));

    [Fact]
    public void Probabilities_must_fit_the_granularities_and_add_up()
    {
        Assert.Throws<NestorException>(() => new SampledObjective(0.5, 0.5).Validate(Shapes.Small));
        Assert.Throws<NestorException>(() => new SampledObjective(0.5, 0.5, 0.5, 0.5).Validate(Shapes.Small));
        Assert.Throws<NestorException>(() => new SampledObjective(1.5, -0.5, 0, 0).Validate(Shapes.Small));
        Assert.Throws<NestorException>(() => new SampledObjective().Validate(Shapes.Small with { Granularities = [] }));
        SampledObjective.FavouringTheWidest.Validate(Shapes.Small);
    }

    private static TrainingBatch Batch()
    {
        var tokens = tensor(Enumerable.Range(0, 66).Select(i => i * i % 61L).ToArray(), 2, 33);
        return new TrainingBatch(tokens.narrow(1, 0, 32), tokens.narrow(1, 1, 32));
    }

    private static Tensor Gradient(MatLm model, Objective objective, TrainingBatch batch)
    {
        foreach (var parameter in model.Parameters)
            parameter.Weight.grad = null;
        objective.Backward(model, batch, new StepRandom(1, 0), 1);
        return cat([.. model.Parameters.Select(parameter => parameter.Weight.grad!.flatten())]);
    }
}
