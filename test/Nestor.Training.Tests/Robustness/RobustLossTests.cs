using CsCheck;
using Nestor.Training.Robustness.Training;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness;

public sealed class RobustLossTests
{
    private const int Classes = 4, Images = 3;

    private static readonly Gen<double[][]> Scores = Gen.Int[-40, 40].Select(i => i / 10.0).Array[Classes].Array[Images];

    [Fact]
    public void Losses_are_those_written_down_by_hand() =>
        Gen.Select(Scores, Scores, Gen.Int[0, Classes - 1].Array[Images]).Sample((clean, moved, labels) =>
        {
            var (p, q) = (clean.Select(Softmax).ToArray(), moved.Select(Softmax).ToArray());
            var divergence = p.Zip(q, (a, b) => a.Zip(b, (x, y) => x * Math.Log(x / y)).Sum()).ToArray();
            double Mean(Func<int, double> of) => Enumerable.Range(0, Images).Average(of);

            Assert.Equal(Mean(i => -Math.Log(q[i][labels[i]])), Of(new AdversarialLoss(), clean, moved, labels), 1e-4);
            Assert.Equal(Mean(i => -Math.Log(p[i][labels[i]])) + 6 * Mean(i => divergence[i]), Of(new TradesLoss(), clean, moved, labels), 1e-3);
            double LargestWrong(int i) => q[i].Where((_, c) => c != labels[i]).Max();
            Assert.Equal(
                Mean(i => -Math.Log(q[i][labels[i]]) - Math.Log(1.0001 - LargestWrong(i))) + 5 * Mean(i => divergence[i] * (1.0000001 - p[i][labels[i]])),
                Of(new MartLoss(), clean, moved, labels),
                2e-3);
        }, iter: 50);

    [Fact]
    public void Gradients_are_those_of_finite_differences() =>
        Gen.Select(Scores, Scores, Gen.Int[0, Classes - 1].Array[Images], Gen.Int[0, (2 * Images * Classes) - 1]).Sample((clean, moved, labels, place) =>
        {
            TorchRuntime.EnsureLoaded();
            if (moved.Zip(labels, (scores, label) => scores.Where((_, other) => other != label).Distinct().Count()).Min() == 1)
                return; // a kink: all wrong classes are as near
            foreach (var loss in new RobustLoss[] { new AdversarialLoss(), new TradesLoss(), new MartLoss() })
            {
                using var scope = NewDisposeScope();
                var both = tensor(clean.Concat(moved).SelectMany(row => row).ToArray()).view(2, Images, Classes).requires_grad_();
                var answers = tensor(labels.Select(label => (long)label).ToArray());
                Tensor At(Tensor scores) => loss.Of(scores[0].to(ScalarType.Float32), scores[1].to(ScalarType.Float32), answers);
                var gradient = autograd.grad([At(both)], [both])[0].flatten()[place].item<double>();
                var step = zeros(2 * Images * Classes, dtype: ScalarType.Float64);
                step[place] = 0.01;
                step = step.view(2, Images, Classes);
                var difference = (At(both.detach() + step).item<float>() - At(both.detach() - step).item<float>()) / 0.02;
                Assert.Equal(difference, gradient, 0.02 + 0.02 * Math.Abs(gradient));
            }
        }, iter: 20);

    [Fact]
    public void At_the_image_itself_the_divergence_is_zero() =>
        Gen.Select(Scores, Gen.Int[0, Classes - 1].Array[Images]).Sample((scores, labels) =>
            Assert.Equal(Of(new AdversarialLoss(), scores, scores, labels), Of(new TradesLoss(), scores, scores, labels), 1e-4), iter: 20);

    private static double[] Softmax(double[] scores)
    {
        var sum = scores.Sum(Math.Exp);
        return [.. scores.Select(score => Math.Exp(score) / sum)];
    }

    private static double Of(RobustLoss loss, double[][] clean, double[][] moved, int[] labels)
    {
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        Tensor Rows(double[][] rows) => tensor(rows.SelectMany(row => row.Select(score => (float)score)).ToArray(), Images, Classes);
        return loss.Of(Rows(clean), Rows(moved), tensor(labels.Select(label => (long)label).ToArray())).item<float>();
    }
}
