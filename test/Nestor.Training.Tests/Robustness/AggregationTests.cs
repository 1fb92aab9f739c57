using CsCheck;
using Nestor.Training.Robustness;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Tests.Robustness;

public sealed class AggregationTests
{
    private static readonly Aggregation[] All = [new MeanProbability(), new MedianProbability(), new MeanScore([1, 1, 1])];

    [Fact]
    public void Three_times_the_same_member_is_that_member()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var scores = randn([20, 5], generator: new Generator(1, CPU));
        foreach (var aggregation in All)
            Assert.True(softmax(aggregation.Combine([scores, scores, scores]), 1).allclose(softmax(scores, 1), atol: 1e-6), aggregation.Name);
    }

    [Fact]
    public void The_order_of_the_members_changes_nothing()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var members = Enumerable.Range(1, 3).Select(seed => randn([20, 5], generator: new Generator((ulong)seed, CPU))).ToArray();
        foreach (var aggregation in All)
            Assert.True(aggregation.Combine(members).allclose(aggregation.Combine([members[2], members[0], members[1]]), atol: 1e-6), aggregation.Name);
    }

    [Fact]
    public void A_median_does_not_hear_a_single_voice()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        Tensor calm = tensor(new[] { 1f, 0f, 0f }, 1, 3), loud = tensor(new[] { 0f, 100f, 0f }, 1, 3);
        Assert.Equal(0, new MedianProbability().Combine([calm, loud, calm]).argmax(1).item<long>());
        Assert.Equal(1, new MeanScore([1, 1, 1]).Combine([calm, loud, calm]).argmax(1).item<long>());
    }

    /// <summary>Probabilities of 0.9 that are right in 90 of 100 cases need no temperature; larger scores of the same answers need as much more.</summary>
    [Fact]
    public void A_temperature_undoes_a_scale()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var scores = zeros(100, 2);
        scores.select(1, 0).fill_(Math.Log(9));
        var labels = tensor(Enumerable.Range(0, 100).Select(i => i < 90 ? 0L : 1L).ToArray());
        Assert.Equal(1, Temperature.Of(scores, labels), 4);
        Gen.Double[0.1, 20].Sample(scale => Assert.Equal(scale, Temperature.Of(scores * scale, labels), scale * 1e-4), iter: 10);
    }

    [Fact]
    public void A_combined_defence_answers_as_its_whole_does()
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var models = Enumerable.Range(1, 3).Select(seed => new LinearModel(classes: 5, side: 4, seed)).ToArray();
        var (images, labels) = models[0].Data(50, seed: 3);
        foreach (var aggregation in All)
        {
            var defence = new AggregateDefence(5, aggregation, [.. models.Select(model => (Func<Tensor, Tensor>)model.Scores)]);
            var right = defence.IsCorrect(defence.Logits(images), labels);
            Assert.Equal(right.data<bool>().ToArray(), defence.Whole.IsCorrect(defence.Whole.Logits(images), labels).data<bool>().ToArray());
            Assert.InRange(right.sum().item<long>(), 1, 49);
        }
    }
}
