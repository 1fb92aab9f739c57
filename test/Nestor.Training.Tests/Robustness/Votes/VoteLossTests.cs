using CsCheck;
using Nestor.Training.Robustness.Losses;
using Nestor.Training.Robustness.Losses.Votes;
using TorchSharp;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness.Votes;

public sealed class VoteLossTests
{
    private const int Classes = 5, Members = 3;

    private static readonly Gen<(float[][] Scores, int Label, int Target)> Votes =
        Gen.Select(Gen.Float[-4, 4].Array[Classes].Where(HasGaps).Array[Members], Gen.Int[0, Classes - 1], Gen.Int[1, Classes - 1]).Select((scores, label, by) => (scores, label, (label + by) % Classes));

    [Fact]
    public void Members_have_what_is_wanted_where_their_ratio_is_positive() =>
        Votes.Sample(given =>
        {
            foreach (var agreeing in new[] { 0, 1, 2, 3 })
            {
                using var scope = Begin();
                var ratios = JointRatios.Of(Tensors(given.Scores), Label(given.Label), agreeing == 0 ? null : Label(given.Target), agreeing);
                foreach (var (member, scores) in given.Scores.Index())
                {
                    var answer = Answer(scores);
                    Assert.Equal(member < agreeing ? answer == given.Target : answer != given.Label, ratios[member][0].item<float>() > 0);
                }
            }
        }, iter: 50);

    [Fact]
    public void The_class_to_agree_on_is_the_most_probable_wrong_one_of_those_who_agree() =>
        Votes.Sample(given =>
        {
            using var scope = Begin();
            if (FirstWrong(given.Label, other => given.Scores.Take(2).Sum(scores => LogProbability(scores, other))) is not { } nearest)
                return;
            var aimed = JointRatios.Of(Tensors(given.Scores), Label(given.Label), Label(nearest), agreeing: 2);
            var free = JointRatios.Of(Tensors(given.Scores), Label(given.Label), targets: null, agreeing: 2);
            Assert.Equal(aimed.data<float>().ToArray(), free.data<float>().ToArray());
        }, iter: 50);

    [Fact]
    public void Joint_losses_are_those_written_down_by_hand() =>
        Votes.Sample(given =>
        {
            double[] untargeted = [.. given.Scores.Select(scores => Ratio(scores, given.Label))];
            double[] agreeing = [.. given.Scores.Select((scores, member) => member < 2 ? -Ratio(scores, given.Target) : Ratio(scores, given.Label))];
            double[] entropy = [.. given.Scores.Select(scores => -LogProbability(scores, given.Label))];
            Assert.Equal(untargeted.Sum(ratio => Math.Min(ratio, 0.05)), Of(new ClampedRatioLoss(), given), 1e-4);
            Assert.Equal(agreeing.Sum(ratio => Math.Min(ratio, 0.05)), Of(new ClampedRatioLoss { Agreeing = 2 }, given, isAimed: true), 1e-4);
            Assert.Equal(untargeted.Min(), Of(new LeastRatioLoss(), given), 1e-4);
            Assert.Equal(agreeing.Min(), Of(new LeastRatioLoss { Agreeing = 2 }, given, isAimed: true), 1e-4);
            Assert.Equal(entropy.Sum(), Of(new MemberSumLoss(), given), 1e-4);
            Assert.Equal(given.Scores.Take(2).Sum(scores => LogProbability(scores, given.Target)) + entropy[2], Of(new MemberSumLoss { Agreeing = 2 }, given, isAimed: true), 1e-4);
            Assert.Equal(given.Scores.Sum(scores => LogProbability(scores, given.Target)), Of(new MemberSumLoss(), given, isAimed: true), 1e-4);
            Assert.Equal(untargeted.OrderDescending().Take(2).Sum(ratio => Math.Min(ratio, 0.05)), Of(new LargestRatiosLoss(2), given), 1e-4);
        }, iter: 50);

    [Fact]
    public void Votes_are_counted() =>
        Votes.Sample(given =>
        {
            int[] counts = [.. Enumerable.Range(0, Classes).Select(label => given.Scores.Count(scores => Answer(scores) == label))];
            Assert.Equal(counts.Where((_, label) => label != given.Label).Max() - counts[given.Label], Of(new VoteCountLoss(), given));
        }, iter: 50);

    [Fact]
    public void A_vote_straight_through_has_the_value_of_votes_and_the_gradient_of_near_votes() =>
        Votes.Sample(given =>
        {
            using var scope = Begin();
            Assert.Equal(given.Scores.Count(scores => Answer(scores) != given.Label) / (double)Members, Of(new StraightThroughLoss(), given), 1e-5);
            Tensor[] inputs = [.. Tensors(given.Scores).Select(scores => scores.requires_grad_())];
            var straight = autograd.grad([new StraightThroughLoss().Of(inputs, Label(given.Label), null).sum()], inputs);
            var near = autograd.grad([new MeanProbabilityLoss(Sharpness: 10).Of(inputs, Label(given.Label), null).sum()], inputs);
            Assert.All(straight.Zip(near), pair => Assert.Equal(pair.First.data<float>().ToArray(), pair.Second.data<float>().ToArray()));
        }, iter: 20);

    /// <summary>MORA's formulas, in plain arithmetic.</summary>
    [Fact]
    public void Reweighed_scores_are_those_written_down_by_hand() =>
        Gen.Select(Votes, Gen.Int[0, 4].Select(quarters => quarters / 4.0)).Sample((given, share) =>
        {
            double[][] near = [.. given.Scores.Select(scores => Softmax([.. scores.Select(score => score * 10 / Gap(scores))]))];
            double[] vote = Mean(near);
            var factor = Math.Min(1, 10 / given.Scores.Max(Gap));
            double[][] scaled = [.. given.Scores.Select(scores => scores.Select(score => score * factor).ToArray())];
            double[][] soft = [.. scaled.Select(scores => Softmax([.. scores.Select(score => score * 0.8)]))];
            double[] mean = Mean(soft);
            if (FirstWrong(given.Label, label => mean[label]) is not { } rival)
                return;
            double[] weights = [.. soft.Select((p, member) => Answer(given.Scores[member]) == given.Label
                ? p[rival] * (p[given.Label] / mean[given.Label] + (1 - p[rival]) / mean[rival])
                : 0)];
            var gap = vote.OrderDescending().Take(2).ToArray() is [var first, var second] ? first - second : 0;
            double[] mixed = [.. Enumerable.Range(0, Classes).Select(label =>
                (1 - share) * vote[label] / (gap + 1e-12) + share * (weights.Sum() > 0 ? weights.Zip(scaled, (weight, scores) => weight * scores[label]).Sum() / weights.Sum() : 0))];
            if (gap < 1e-3)
                return;
            Assert.Equal(-Math.Log(Softmax(mixed)[given.Label]), Of(new ReweighedLoss(share), given), 2e-2 + 1e-2 * mixed.Max(Math.Abs));
        }, iter: 50);

    private static bool HasGaps(float[] scores)
    {
        var sorted = scores.OrderDescending().ToArray();
        return Enumerable.Range(1, Classes - 1).All(i => sorted[i - 1] - sorted[i] > 0.02);
    }

    /// <summary>The wrong class of the greatest value; null where float arithmetic may take another for it.</summary>
    private static int? FirstWrong(int label, Func<int, double> value)
    {
        int[] sorted = [.. Enumerable.Range(0, Classes).Where(other => other != label).OrderByDescending(value)];
        return value(sorted[0]) - value(sorted[1]) > 1e-4 ? sorted[0] : null;
    }

    private static double Gap(float[] scores) => scores.Max() - (double)scores.OrderDescending().ElementAt(1);

    private static double Ratio(float[] scores, int label) => (scores.Where((_, other) => other != label).Max() - scores[label]) / (scores.Max() - (double)scores.OrderDescending().ElementAt(2));

    private static double LogProbability(float[] scores, int label) => scores[label] - Math.Log(scores.Sum(score => Math.Exp(score)));

    private static double[] Softmax(double[] scores) => [.. scores.Select(score => Math.Exp(score - scores.Max()) / scores.Sum(other => Math.Exp(other - scores.Max())))];

    private static double[] Mean(double[][] all) => [.. Enumerable.Range(0, Classes).Select(label => all.Average(one => one[label]))];

    private static int Answer(float[] scores) => Array.IndexOf(scores, scores.Max());

    private static Tensor[] Tensors(float[][] scores) => [.. scores.Select(one => tensor(one).unsqueeze(0))];

    private static Tensor Label(int label) => tensor(new[] { (long)label });

    private static double Of(AttackLoss loss, (float[][] Scores, int Label, int Target) given, bool isAimed = false)
    {
        using var scope = Begin();
        return loss.Of(Tensors(given.Scores), Label(given.Label), isAimed ? Label(given.Target) : null).item<float>();
    }

    private static DisposeScope Begin()
    {
        TorchRuntime.EnsureLoaded();
        return NewDisposeScope();
    }
}
