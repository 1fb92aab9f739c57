using Nestor.Inference;
using Nestor.Models;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Nestor.Training.Tests.Data;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Evaluation;

public sealed class LossEvaluationTests
{
    private static readonly EvaluationText Text = new([.. Enumerable.Range(0, 137).Select(i => i * i % 61)], TextBytes: 411);

    [Fact]
    public void Every_token_but_the_first_is_predicted_exactly_once()
    {
        using var model = MatLm.Create(Shapes.Small, 1);
        var measured = new LossEvaluation(model, Text, windowLength: 20).Measure(Shapes.Small.FullWidths);
        Assert.Equal(136, measured.Tokens);

        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        double nats = 0;
        for (var start = 0; start < 136; start += 20)
        {
            var count = Math.Min(20, 136 - start);
            var tokens = tensor(Text.Tokens.Skip(start).Take(count + 1).Select(token => (long)token).ToArray(), 1, count + 1);
            nats += count * model.Loss(tokens.narrow(1, 0, count), tokens.narrow(1, 1, count), Shapes.Small.FullWidths).item<float>();
        }

        Assert.Equal(nats / 136, measured.NatsPerToken, 1e-5);
        Assert.Equal(measured.NatsPerToken / Math.Log(2) / 3, measured.BitsPerByte, 1e-9);
    }

    /// <summary>A trained model, because the logits of a fresh one are almost equal.</summary>
    [Fact]
    public void The_decoder_measures_the_same_loss_without_native_code()
    {
        using var model = MatLm.Create(Shapes.Small, 1);
        Train(model, steps: 40);
        using var folder = new TemporaryFolder();
        model.Save(folder.Path("model"), tokenizer: null);
        using var checkpoint = Checkpoint.Open(folder.Path("model"));
        var decoder = Decoder.Load(checkpoint);
        int[] tokens = [.. Text.Tokens];
        foreach (var plan in Shapes.Small.Granularities.Select(g => WidthPlan.Uniform(g.Width, 3)).Append(new WidthPlan(5, 64, 33)))
        {
            foreach (var (length, limit) in new[] { (20, long.MaxValue), (48, long.MaxValue), (10, 45) })
            {
                var expected = new LossEvaluation(model, Text, length, limit).Measure(plan);
                var loss = new DecoderLoss(decoder, tokens, length, limit);
                Assert.Equal(expected.Tokens, loss.Predictions);
                Assert.InRange(expected.NatsPerToken, 0.01, 3.5);
                Assert.Equal(expected.NatsPerToken, loss.Measure(plan), 1e-4);
            }
        }
    }

    [Fact]
    public void A_packed_folder_is_refused_with_what_to_use_instead()
    {
        using var model = MatLm.Create(Shapes.Small, 1);
        using var folder = new TemporaryFolder();
        model.Save(folder.Path("model"), tokenizer: null);
        using var checkpoint = Checkpoint.Open(folder.Path("model"));
        checkpoint.Pack(WeightType.Q8).Save(folder.Path("packed"));
        using var packed = Checkpoint.Open(folder.Path("packed"));
        var error = Assert.Throws<NestorException>(() => MatLm.Load(packed));
        Assert.Contains("packed as Q8", error.Message, StringComparison.Ordinal);
        Assert.Contains("the folder it was packed from", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_takes_windows_spread_over_the_text()
    {
        using var model = MatLm.Create(Shapes.Small, 1);
        Assert.Equal(40, new LossEvaluation(model, Text, windowLength: 10, maxTokens: 45).Measure(WidthPlan.Uniform(8, 3)).Tokens);
        Assert.Equal(10, new LossEvaluation(model, Text, windowLength: 10, maxTokens: 1).Measure(WidthPlan.Uniform(8, 3)).Tokens);
    }

    [Fact]
    public void Text_of_one_token_cannot_be_measured()
    {
        using var model = MatLm.Create(Shapes.Small, 1);
        Assert.Throws<NestorException>(() => new LossEvaluation(model, new EvaluationText([1], 1)));
    }

    [Fact]
    public void It_stops_when_cancelled()
    {
        using var model = MatLm.Create(Shapes.Small, 1);
        Assert.Throws<OperationCanceledException>(() => new LossEvaluation(model, Text).Measure(Shapes.Small.FullWidths, new CancellationToken(canceled: true)));
    }

    private static void Train(MatLm model, int steps)
    {
        using var optimizer = optim.AdamW(model.Parameters.Select(parameter => parameter.Weight), lr: 1e-2);
        var rows = tensor(Text.Tokens.Take(132).Select(token => (long)token).ToArray(), 4, 33);
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            model.Loss(rows.narrow(1, 0, 32), rows.narrow(1, 1, 32), WidthPlan.Uniform(Shapes.Small.Granularities[step % 4].Width, 3)).backward();
            optimizer.step();
        }
    }
}
