using CsCheck;
using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness;

public sealed class AttackLossTests
{
    private static readonly Gen<float[]> Scores = Gen.Float[-5, 5].Array[6].Where(scores => scores.Distinct().Count() == scores.Length && Gap(scores) > 0.01);

    [Fact]
    public void Ratios_do_not_depend_on_shift_or_scale() =>
        Gen.Select(Scores, Gen.Int[0, 5], Gen.Float[-3, 3], Gen.Float[0.1f, 9]).Sample((scores, label, shift, scale) =>
        {
            var moved = scores.Select(score => score * scale + shift).ToArray();
            Assert.Equal(Of(new LogitRatioLoss(), scores, label), Of(new LogitRatioLoss(), moved, label), 1e-3);
            if (label != 0)
                Assert.Equal(Of(new TargetedLogitRatioLoss(), scores, label, target: 0), Of(new TargetedLogitRatioLoss(), moved, label, target: 0), 1e-3);
        }, iter: 50);

    [Fact]
    public void Losses_are_those_written_down_by_hand() =>
        Gen.Select(Scores, Gen.Int[1, 5]).Sample((scores, label) =>
        {
            var sorted = scores.OrderDescending().Select(score => (double)score).ToArray();
            var other = scores.Where((_, c) => c != label).Max();
            Assert.Equal(other - scores[label], Of(new MarginLoss(), scores, label), 1e-4);
            Assert.Equal((other - scores[label]) / (sorted[0] - sorted[2]), Of(new LogitRatioLoss(), scores, label), 1e-3);
            Assert.Equal((scores[0] - scores[label]) / (sorted[0] - (sorted[2] + sorted[3]) / 2), Of(new TargetedLogitRatioLoss(), scores, label, target: 0), 1e-3);
            Assert.Equal(Math.Log(scores.Sum(score => Math.Exp(score))) - scores[label], Of(new CrossEntropyLoss(), scores, label), 1e-4);
        }, iter: 50);

    [Fact]
    public void The_margin_is_positive_where_the_answer_is_wrong() =>
        Gen.Select(Scores, Gen.Int[0, 5]).Sample((scores, label) =>
        {
            var wrong = Array.IndexOf(scores, scores.Max()) != label;
            Assert.Equal(wrong, Of(new MarginLoss(), scores, label) > 0);
            Assert.Equal(wrong, Of(new LogitRatioLoss(), scores, label) > 0);
        }, iter: 50);

    private static double Gap(float[] scores)
    {
        var sorted = scores.OrderDescending().ToArray();
        return Math.Min(sorted[0] - sorted[1], sorted[1] - sorted[2]);
    }

    private static double Of(AttackLoss loss, float[] scores, int label, int? target = null)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        return loss.Of([tensor(scores).unsqueeze(0)], tensor(new[] { (long)label }), target is { } t ? tensor(new[] { (long)t }) : null).item<float>();
    }
}
