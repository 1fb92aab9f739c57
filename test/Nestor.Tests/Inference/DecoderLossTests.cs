using CsCheck;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Tests.Inference;

public sealed class DecoderLossTests
{
    [Fact]
    public void Every_token_but_the_first_is_predicted_exactly_once() =>
        Gen.Select(Gen.Int[2, 200], Gen.Int[1, 60]).Sample((tokens, length) =>
        {
            var windows = new LossWindows(tokens, length);
            var predicted = windows.Starts.SelectMany(start => Enumerable.Range(start + 1, windows.Predictions(start)));
            Assert.Equal(Enumerable.Range(1, tokens - 1), predicted);
        });

    [Fact]
    public void A_limit_takes_windows_spread_over_the_text()
    {
        Assert.Equal([0, 30, 70, 100], new LossWindows(137, length: 10, maxTokens: 45).Starts);
        Assert.Equal([0], new LossWindows(137, length: 10, maxTokens: 1).Starts);
    }

    [Fact]
    public void Text_of_one_token_cannot_be_measured()
    {
        using var model = new RandomModel(RandomModel.Small);
        Assert.Throws<NestorException>(() => new DecoderLoss(Decoder.Load(model.Checkpoint), new int[1]));
    }

    [Fact]
    public void The_loss_is_the_mean_of_minus_the_log_of_the_softmax()
    {
        using var model = new RandomModel(RandomModel.Small);
        var tokens = RandomModel.Tokens(45);
        var plan = new WidthPlan(9, 40, 71);
        double expected = 0;
        foreach (var window in (int[][])[tokens[..21], tokens[20..41], tokens[40..]])
        {
            var logits = new ReferenceDecoder(model.Checkpoint).Logits(window, plan);
            for (var t = 0; t < window.Length - 1; t++)
                expected += Math.Log(logits[t].Sum(Math.Exp)) - logits[t][window[t + 1]];
        }

        var loss = new DecoderLoss(Decoder.Load(model.Checkpoint), tokens, windowLength: 20);
        Assert.Equal(44, loss.Predictions);
        Assert.Equal(expected / 44, loss.Measure(plan), 1e-5);
    }

    [Fact]
    public void Finer_types_lose_less()
    {
        using var model = new RandomModel(RandomModel.Small);
        var tokens = RandomModel.Tokens(300);
        double Difference(WeightType type) => Math.Abs(
            new DecoderLoss(Decoder.Load(model.Checkpoint, new DecoderOptions { Weights = type }), tokens).Measure(model.Config.FullWidths)
            - new DecoderLoss(Decoder.Load(model.Checkpoint), tokens).Measure(model.Config.FullWidths));

        Assert.Equal(0, Difference(WeightType.F32));
        Assert.InRange(Difference(WeightType.F16), 0, 1e-3);
        Assert.InRange(Difference(WeightType.BF16), 0, 1e-2);
        Assert.InRange(Difference(WeightType.Q8), 0, 2e-2);
        Assert.InRange(Difference(WeightType.Q4), 1e-3, 0.3);
    }

    [Fact]
    public void It_stops_when_cancelled()
    {
        using var model = new RandomModel(RandomModel.Small);
        var loss = new DecoderLoss(Decoder.Load(model.Checkpoint), RandomModel.Tokens(10));
        Assert.Throws<OperationCanceledException>(() => loss.Measure(model.Config.FullWidths, new CancellationToken(canceled: true)));
    }
}
