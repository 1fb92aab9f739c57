using Nestor.Models;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
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
}
