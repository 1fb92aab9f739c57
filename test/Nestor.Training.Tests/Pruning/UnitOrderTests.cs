using CsCheck;
using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Pruning;
using Nestor.Training.Tests.Vision;
using Nestor.Training.Vision;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Pruning;

/// <summary>Sorting units changes nothing but their places.</summary>
public sealed class UnitOrderTests
{
    [Fact]
    public void Any_order_of_neurons_and_heads_leaves_the_outputs_of_a_language_model_as_they_are() =>
        Gen.Select(Gen.Enum<FeedForwardKind>(), Gen.Int[0, 2], Gen.Int[1, 1000]).Sample(
            (kind, power, seed) =>
            {
                using var scope = NewDisposeScope();
                using var model = PruningFixture.Language(kind, 1 << power, (ulong)seed);
                Assert.InRange(Shuffled(model.Groups, seed).Apply(model, PruningFixture.Tokens.Batch(0, 0, CPU)), 0, 1e-4);
            },
            iter: 30,
            threads: 1);

    [Fact]
    public void Any_order_of_neurons_and_heads_leaves_the_outputs_of_a_vision_model_as_they_are()
    {
        using var scope = NewDisposeScope();
        using var model = MatVit.Create(VisionShapes.Small, 1);
        using (no_grad())
        {
            foreach (var parameter in model.Parameters)
                parameter.Weight.add_(randn_like(parameter.Weight), alpha: 0.1);
        }

        var batch = new TrainingBatch(randn(3, 1, 16, 16), zeros(3, ScalarType.Int64));
        Assert.InRange(Shuffled(model.Groups, 5).Apply(model, batch), 0, 1e-4);
    }

    [Fact]
    public void An_order_and_the_one_that_undoes_it_leave_every_weight_as_it_was()
    {
        using var scope = NewDisposeScope();
        using var model = PruningFixture.Language();
        var before = model.Parameters.Select(parameter => parameter.Weight.detach().clone()).ToList();
        var blocks = model.Groups.Select(groups => (groups, Units: Permutation(groups.Count, 9))).ToList();
        new UnitOrder([.. blocks.Select(block => (block.groups, (IReadOnlyList<int>)block.Units))]).Apply();
        new UnitOrder([.. blocks.Select(block => (block.groups, (IReadOnlyList<int>)[.. Enumerable.Range(0, block.Units.Length).OrderBy(unit => block.Units[unit])]))]).Apply();
        Assert.All(model.Parameters.Zip(before), pair => Assert.True(pair.First.Weight.equal(pair.Second).all().item<bool>()));
    }

    [Fact]
    public void The_most_important_units_come_first()
    {
        using var model = PruningFixture.Language();
        foreach (Importance importance in (Importance[])[new GroupNorm(), new ActivationTimesOutput(), new Taylor()])
        {
            UnitOrder.Descending(PruningFixture.Scores(model, importance)).Apply();
            foreach (var block in PruningFixture.Scores(model, importance))
                Assert.Equal(block.Values, block.Sorted);
        }
    }

    [Fact]
    public void A_model_whose_groups_miss_a_weight_is_told_apart()
    {
        using var scope = NewDisposeScope();
        using var model = PruningFixture.Language();
        var half = new UnitGroups("half", GroupKind.FeedForwardNeuron, 0, 64, [new(model.FeedForwards[0].Up, 0)]);
        var order = new UnitOrder([(half, [.. Enumerable.Range(0, 64).Reverse()])]);
        Assert.Throws<InvalidOperationException>(() => order.Apply(model, PruningFixture.Tokens.Batch(0, 0, CPU)));
    }

    [Fact]
    public void An_order_names_each_unit_once()
    {
        using var model = PruningFixture.Language();
        Assert.Throws<ArgumentException>(() => new UnitOrder([(model.Groups[0], [.. Enumerable.Repeat(0, 64)])]));
    }

    private static UnitOrder Shuffled(IReadOnlyList<UnitGroups> groups, int seed) =>
        new([.. groups.Select((set, i) => (set, (IReadOnlyList<int>)Permutation(set.Count, seed + i)))]);

    private static int[] Permutation(int count, int seed)
    {
        var units = Enumerable.Range(0, count).ToArray();
        new Random(seed).Shuffle(units);
        return units;
    }
}
