using Nestor.Training.Pruning;
using Nestor.Training.Pruning.TeacherStudent;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Pruning;

/// <summary>What a group lasso finds in a network whose size is known, and the ways it goes wrong.</summary>
public sealed class TeacherStudentTests
{
    private const int Short = 2000;

    [Fact]
    public void Eight_neurons_are_found_among_64()
    {
        var measures = new StudentExperiment(NeuronKind.Relu, "coupled", new CoupledSmoothedPenalty(0.03)).Run(1, steps: 5000, fineTuningSteps: 0);
        Assert.Equal(8, measures.AliveByJointNorm);
        Assert.True(measures.Found is { Kept: 8, IsCertain: true }, $"{measures.Found}");
        Assert.True(measures.TopByJointNorm < 0.01, $"error {measures.TopByJointNorm}");
    }

    [Theory(Explicit = true)]
    [Trait("Category", "Slow")]
    [InlineData(NeuronKind.Relu)]
    [InlineData(NeuronKind.SwiGlu)]
    public void Eight_neurons_are_found_for_every_one_of_six_seeds(NeuronKind kind)
    {
        var experiment = new StudentExperiment(kind, "coupled", new CoupledSmoothedPenalty(0.01));
        for (var seed = 1ul; seed <= 6; seed++)
        {
            var measures = experiment.Run(seed, fineTuningSteps: 0);
            Assert.True(measures is { AliveByJointNorm: 8, Found: { Kept: 8, IsCertain: true } }, $"seed {seed}: {measures.AliveByJointNorm} alive, {measures.Found}");
            Assert.True(measures.TopByJointNorm < 0.005, $"seed {seed}: error {measures.TopByJointNorm}");
        }
    }

    [Fact]
    public void Without_a_penalty_there_is_no_gap_and_the_largest_eight_are_not_the_network()
    {
        var measures = new StudentExperiment(NeuronKind.Relu, "none", null).Run(1, Short, fineTuningSteps: 0);
        Assert.False(measures.Found.IsCertain);
        Assert.Equal(64, measures.AliveByJointNorm);
        Assert.True(measures.Error < 0.02 && measures.TopByJointNorm > 0.1, $"errors {measures.Error} and {measures.TopByJointNorm}");
    }

    [Fact]
    public void A_penalty_on_one_side_is_dodged_by_the_other()
    {
        var joint = new StudentExperiment(NeuronKind.SwiGlu, "joint", new ProximalPenalty(1)).Run(1, steps: 3000, fineTuningSteps: 0);
        var down = new StudentExperiment(NeuronKind.SwiGlu, "down only", new ProximalPenalty(1), StudentWeights.Out).Run(1, steps: 3000, fineTuningSteps: 0);
        Assert.True(joint.AliveByParts <= 16 && down.AliveByParts >= 32, $"alive {joint.AliveByParts} and {down.AliveByParts}");
        Assert.True(down.LargestIn > 2 * joint.LargestIn, $"largest norms {joint.LargestIn} and {down.LargestIn}");
    }

    [Fact]
    public void Weights_before_a_normalisation_shrink_without_pruning_anything()
    {
        var none = new StudentExperiment(NeuronKind.BatchNormRelu, "none", null).Run(1, Short, fineTuningSteps: 0);
        var into = new StudentExperiment(NeuronKind.BatchNormRelu, "w_in only", new ProximalPenalty(1), StudentWeights.In).Run(1, Short, fineTuningSteps: 0);
        Assert.True(into.LargestIn < 0.05 * none.LargestIn, $"norms {none.LargestIn} and {into.LargestIn}");
        Assert.Equal(0, into.ZeroOut);
        Assert.True(into.TopByIn > 0.3, $"error {into.TopByIn}");
    }

    [Fact]
    public void A_cut_student_computes_what_its_neurons_did()
    {
        using var scope = NewDisposeScope();
        foreach (var kind in Enum.GetValues<NeuronKind>())
        {
            using var student = Student.Create(kind, 10, 5);
            var inputs = randn(30, Teacher.Inputs);
            using var reversed = student.Select(Enumerable.Range(0, 10).Reverse());
            Assert.True(allclose(student.Forward(inputs), reversed.Forward(inputs), rtol: 1e-4, atol: 1e-5));
            using var cut = student.Select(Enumerable.Range(0, 4));
            Assert.True(allclose(student.Forward(inputs, 4), cut.Forward(inputs), rtol: 1e-4, atol: 1e-5));
        }
    }
}
