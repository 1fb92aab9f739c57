using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using TorchSharp.Modules;
using static TorchSharp.torch;
using AdamW = Nestor.Training.Optimization.AdamW;

namespace Nestor.Training.Tests.Optimization;

public sealed class AdamWTests
{
    private const int Neurons = 24;

    private static readonly WidthPlan All = WidthPlan.Uniform(Neurons, 1);

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void It_agrees_with_TorchSharps_after_25_steps(double weightDecay)
    {
        using var scope = NewDisposeScope();
        var start = randn(37, 53);
        var (ours, theirs) = (new Parameter(start.clone()), new Parameter(start.clone()));
        using var optimizer = new AdamW([new NestedParameter("w", ours)], new AdamWOptions { WeightDecay = weightDecay });
        using var reference = optim.AdamW([theirs], lr: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: weightDecay);
        for (var step = 0; step < 25; step++)
        {
            var gradient = randn(37, 53);
            ours.grad = gradient.clone();
            theirs.grad = gradient.clone();
            optimizer.Step(1e-2, double.PositiveInfinity, All);
            reference.step();
        }

        Assert.InRange((ours - theirs).abs().max().item<float>(), 0, 2e-6);
    }

    [Fact]
    public void Vectors_do_not_decay_and_matrices_do()
    {
        using var scope = NewDisposeScope();
        var (vector, matrix) = (new Parameter(ones(5)), new Parameter(ones(5, 3)));
        using var optimizer = new AdamW([new NestedParameter("v", vector), new NestedParameter("m", matrix)], new AdamWOptions { WeightDecay = 0.1 });
        (vector.grad, matrix.grad) = (zeros(5), zeros(5, 3));
        optimizer.Step(0.5, 1, All);
        Assert.Equal(1, vector.min().item<float>());
        Assert.Equal(0.95f, matrix.max().item<float>());
    }

    [Fact]
    public void Gradients_are_clipped_together_to_a_norm()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (new Parameter(zeros(200, 300)), new Parameter(zeros(7)));
        using var optimizer = new AdamW([new NestedParameter("a", a), new NestedParameter("b", b)], new AdamWOptions());
        var (ga, gb) = (randn(200, 300), randn(7));
        var norm = Math.Sqrt(ga.square().sum().item<float>() + gb.square().sum().item<float>());
        (a.grad, b.grad) = (ga.clone(), gb.clone());
        Assert.Equal(norm, optimizer.Step(1, 0.5, All), 1e-3);
        Assert.True(allclose(optimizer.State().Moments[0].First, ga * (0.1 * 0.5 / norm), rtol: 1e-4, atol: 1e-9));
    }

    [Fact]
    public void A_step_drops_the_gradients_and_a_weight_without_one_stays()
    {
        using var scope = NewDisposeScope();
        var (with, without) = (new Parameter(ones(3, 3)), new Parameter(ones(3, 3)));
        using var optimizer = new AdamW([new NestedParameter("a", with), new NestedParameter("b", without)], new AdamWOptions());
        with.grad = ones(3, 3);
        optimizer.Step(0.1, 1, All);
        Assert.Null(with.grad);
        Assert.NotEqual(1, with.max().item<float>());
        Assert.Equal(1, without.min().item<float>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_path_of_tensors_agrees_with_the_kernel(bool skip)
    {
        using var scope = NewDisposeScope();
        var (kernel, tensors) = (Block(3), Block(3));
        var options = new AdamWOptions { SkipUntouchedNeurons = skip };
        using var fast = new AdamW(kernel, options);
        using var portable = new AdamW(tensors, options, onCpu: false);
        for (var step = 0; step < 20; step++)
        {
            var touched = WidthPlan.Uniform(step % 3 == 0 ? Neurons : 6 + step % 5, 1);
            SetGradients(kernel, step, touched[0]);
            SetGradients(tensors, step, touched[0]);
            Assert.Equal(fast.Step(1e-2, 1, touched), portable.Step(1e-2, 1, touched), 1e-5);
        }

        foreach (var (a, b) in kernel.Zip(tensors))
            Assert.InRange((a.Weight - b.Weight).abs().max().item<float>(), 0, 2e-6);
    }

    [Fact]
    public void Without_the_option_untouched_neurons_drift_and_with_it_they_stay()
    {
        foreach (var skip in new[] { false, true })
        {
            using var scope = NewDisposeScope();
            var block = Block(4);
            using var optimizer = new AdamW(block, new AdamWOptions { SkipUntouchedNeurons = skip });
            SetGradients(block, 0, Neurons);
            optimizer.Step(1e-2, 1, All);
            var before = block.Select(parameter => Tail(parameter).clone()).ToList();
            SetGradients(block, 1, 10);
            optimizer.Step(1e-2, 1, WidthPlan.Uniform(10, 1));
            foreach (var (old, parameter) in before.Zip(block))
                Assert.Equal(skip, old.equal(Tail(parameter)).all().item<bool>());
        }

        static Tensor Tail(NestedParameter parameter) => parameter.Weight.narrow(parameter.Neurons!.Value.Dimension, 10, Neurons - 10);
    }

    [Fact]
    public void A_skipped_neuron_learns_as_if_the_skipped_steps_had_not_been()
    {
        using var scope = NewDisposeScope();
        var (interrupted, steady) = (Block(5), Block(5));
        var options = new AdamWOptions { SkipUntouchedNeurons = true };
        using var a = new AdamW(interrupted, options);
        using var b = new AdamW(steady, options);
        for (var step = 0; step < 6; step++)
        {
            SetGradients(interrupted, step, Neurons);
            SetGradients(steady, step, Neurons);
            a.Step(1e-2, double.PositiveInfinity, All);
            b.Step(1e-2, double.PositiveInfinity, All);
            SetGradients(interrupted, 100 + step, 4);
            a.Step(1e-2, double.PositiveInfinity, WidthPlan.Uniform(4, 1));
        }

        foreach (var (one, other) in interrupted.Zip(steady))
        {
            var dimension = one.Neurons!.Value.Dimension;
            Assert.True(one.Weight.narrow(dimension, 4, Neurons - 4).equal(other.Weight.narrow(dimension, 4, Neurons - 4)).all().item<bool>());
        }
    }

    /// <summary>Gate and down of a block: neurons in rows, and neurons in columns.</summary>
    private static NestedParameter[] Block(long seed)
    {
        using var random = new Generator((ulong)seed, CPU);
        return
        [
            new("gate", new Parameter(randn([Neurons, 7], generator: random)), new NeuronAxis(0, 0)),
            new("down", new Parameter(randn([7, Neurons], generator: random)), new NeuronAxis(0, 1)),
        ];
    }

    private static void SetGradients(NestedParameter[] block, long seed, int width)
    {
        using var random = new Generator((ulong)seed + 1000, CPU);
        foreach (var parameter in block)
        {
            var gradient = randn(parameter.Weight.shape, generator: random);
            var dimension = parameter.Neurons!.Value.Dimension;
            gradient.narrow(dimension, width, Neurons - width).zero_();
            parameter.Weight.grad = gradient;
        }
    }
}
