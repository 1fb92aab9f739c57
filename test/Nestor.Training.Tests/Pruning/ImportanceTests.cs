using Nestor.Models;
using Nestor.Training.Pruning;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Pruning;

/// <summary>What scores measure.</summary>
public sealed class ImportanceTests
{
    [Fact]
    public void A_neuron_that_adds_twice_as_much_scores_twice_as_high()
    {
        using var model = PruningFixture.Language();
        foreach (Importance importance in (Importance[])[new ActivationTimesOutput()])
        {
            var before = PruningFixture.Scores(model, importance)[^1].Values[5];
            using (no_grad())
                model.FeedForwards[^1].Down.narrow(1, 5, 1).mul_(2);
            Assert.Equal(2, PruningFixture.Scores(model, importance)[^1].Values[5] / before, 1e-3);
        }
    }

    [Fact]
    public void Activation_times_output_is_the_root_mean_square_that_a_neuron_adds_to_the_stream()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = PruningFixture.Language(FeedForwardKind.SquaredRelu);
        var block = model.FeedForwards[0];
        Tensor? said = null;
        block.Watcher = neurons => said = neurons.clone();
        model.Loss(PruningFixture.Tokens.Batch(0, 0, CPU).Inputs, PruningFixture.Tokens.Batch(0, 0, CPU).Targets, model.Config.FullWidths);
        block.Watcher = null;
        var added = outer(said!.select(2, 7).flatten(), block.Down.select(1, 7));                       // (positions, hidden)
        var expected = Math.Sqrt(added.square().sum(1).mean().item<float>());
        var scores = new ActivationTimesOutput().Measure(model, new Calibration(PruningFixture.Tokens, Batches: 1));
        Assert.Equal(1, scores[0].Values[7] / expected, 1e-4);
    }

    [Fact]
    public void Taylor_is_what_the_loss_changes_by_when_a_little_of_a_unit_is_taken_away()
    {
        using var scope = NewDisposeScope();
        using var model = PruningFixture.Language();
        var calibration = new Calibration(PruningFixture.Tokens, Batches: 1);
        foreach (var kind in (GroupKind[])[GroupKind.FeedForwardNeuron, GroupKind.AttentionHead])
        {
            var scores = new Taylor().Measure(model, calibration, kind)[1];
            var batch = PruningFixture.Tokens.Batch(0, 0, CPU);
            var readers = scores.Groups.Members.Single(member => member.Dimension == 1);
            double Loss(float share)
            {
                using var quiet = no_grad();
                var factors = ones(scores.Groups.Count);
                factors[0] = 1 - share;
                using var saved = readers.Weight.detach().clone();
                readers.Weight.mul_(readers.Spread(factors));
                var loss = model.Loss(batch.Inputs, batch.Targets, model.Config.FullWidths).item<float>();
                readers.Weight.copy_(saved);
                return loss;
            }

            const float Little = 0.05f;
            Assert.Equal(scores.Values[0], Math.Abs(Loss(Little) - Loss(-Little)) / (2 * Little), 2e-4 + 0.05 * scores.Values[0]);
        }
    }

    [Fact]
    public void Random_scores_are_functions_of_their_seed()
    {
        using var model = PruningFixture.Language();
        double[] Values(ulong seed) => [.. PruningFixture.Scores(model, new RandomImportance(seed)).SelectMany(block => block.Values)];
        Assert.Equal(Values(1), Values(1));
        Assert.NotEqual(Values(1), Values(2));
    }

    [Fact]
    public void Measuring_leaves_the_model_as_it_was()
    {
        using var model = PruningFixture.Language();
        model.UseBFloat16 = true;
        using var before = model.Parameters[3].Weight.detach().clone();
        foreach (var text in (string[])["activation", "taylor", "norm", "random:7"])
            Assert.Equal(text, ImportanceText.Print(ImportanceText.Parse(text)));
        foreach (Importance importance in (Importance[])[new ActivationTimesOutput(), new Taylor()])
            PruningFixture.Scores(model, importance);
        Assert.True(model.UseBFloat16);
        Assert.All(model.Parameters, parameter => Assert.Null(parameter.Weight.grad));
        Assert.All(model.FeedForwards, block => Assert.Null(block.Watcher));
        Assert.True(model.Parameters[3].Weight.equal(before).all().item<bool>());
    }

    [Fact]
    public void What_cannot_be_scored_is_told()
    {
        using var model = PruningFixture.Language();
        Assert.Contains("not an importance", Assert.Throws<NestorException>(() => ImportanceText.Parse("magic")).Message, StringComparison.Ordinal);
        Assert.Contains("watched", Assert.Throws<NestorException>(() => new ActivationTimesOutput().Measure(model, PruningFixture.Calibration, GroupKind.AttentionHead)).Message, StringComparison.Ordinal);
        Assert.Contains("no units", Assert.Throws<NestorException>(() => new GroupNorm().Measure(model, PruningFixture.Calibration, GroupKind.ConvolutionChannel)).Message, StringComparison.Ordinal);
        Assert.Contains("0 batches", Assert.Throws<NestorException>(() => new Taylor().Measure(model, new Calibration(PruningFixture.Tokens, 0))).Message, StringComparison.Ordinal);
        using (no_grad())
            model.FeedForwards[1].Up.fill_(float.NaN);
        Assert.Contains("layer 1", Assert.Throws<NestorException>(() => PruningFixture.Scores(model, new GroupNorm())).Message, StringComparison.Ordinal);
    }
}
