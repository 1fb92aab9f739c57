using Nestor.Training.Robustness;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness.Votes;

/// <summary>Linear classifiers that vote. Of an image it can be proved that no perturbation breaks the vote, by convex duality.</summary>
/// <remarks>
/// A coalition is wrong where some linear inequalities a·δ + b ≥ 0 hold at once. Within a ball of radius ε no δ fulfils them if weights λ of sum one exist with
/// ε ‖Σ λ a‖ + Σ λ b &lt; 0, in the dual norm; by the minimax theorem they exist wherever no δ does. They are looked for by exponentiated gradients.
/// </remarks>
internal sealed class LinearCommittee
{
    private const int Searches = 600;

    private readonly VotePolicy policy;
    private readonly LinearModel[] members;
    private readonly double[][][] weights;      // of each member and class, one for each pixel

    public LinearCommittee(VotePolicy policy, int members, int classes, int side, int seed)
    {
        (this.policy, Classes) = (policy, classes);
        this.members = [.. Enumerable.Range(seed, members).Select(one => new LinearModel(classes, side, one))];
        weights = [.. this.members.Select(member => Enumerable.Range(0, classes).Select(member.Weights).ToArray())];
    }

    public int Classes { get; }

    public VotingDefence Defence => new(Classes, policy, [.. members.Select(member => (Func<Tensor, Tensor>)member.Scores)]);

    /// <summary>Images around the middle of the range, and the committee's answers; images without an answer are left out.</summary>
    public (Tensor Images, Tensor Labels) Data(int count, int seed)
    {
        var (images, _) = members[0].Data(count, seed);
        var answers = Defence.Answers(Defence.Logits(images));
        long[] kept = [.. Enumerable.Range(0, count).Where(i => answers[i] >= 0)];
        return (images.index_select(0, tensor(kept)), tensor(kept.Select(i => (long)answers[i]).ToArray()));
    }

    /// <summary>Whether it is proved of each image that no allowed perturbation breaks the vote.</summary>
    public bool[] IsProved(Tensor images, Tensor labels, Threat threat)
    {
        var (pixels, answers) = (images.flatten(1).data<float>().ToArray(), labels.data<long>().ToArray());
        var size = pixels.Length / answers.Length;
        return [.. answers.Select((label, i) =>
        {
            double[] image = [.. pixels.Skip(i * size).Take(size).Select(pixel => pixel - 0.5)];
            return Coalitions.Of(policy, members.Length).All(coalition => Demands(coalition, (int)label).All(demands => CannotHold(demands, image, threat)));
        })];
    }

    /// <summary>The directions whose product with the image must not be negative, for every choice of wrong classes.</summary>
    private IEnumerable<double[][]> Demands(Coalition coalition, int label)
    {
        int[] wrong = [.. Enumerable.Range(0, Classes).Where(other => other != label)];
        var agreed = coalition.Agreeing.IsEmpty
            ? [[]]
            : wrong.Select(one => coalition.Agreeing.SelectMany(member => Enumerable.Range(0, Classes).Where(other => other != one).Select(other => Lead(member, one, other))).ToArray());
        return coalition.Wrong.Aggregate(agreed, (some, member) => some.SelectMany(demands => wrong.Select(other => (double[][])[.. demands, Lead(member, other, label)])));
    }

    private double[] Lead(int member, int one, int other) => [.. weights[member][one].Zip(weights[member][other], (first, second) => first - second)];

    private static bool CannotHold(double[][] demands, double[] image, Threat threat)
    {
        double[] fixedParts = [.. demands.Select(demand => demand.Zip(image, (weight, pixel) => weight * pixel).Sum())];
        var (votes, mean) = (new double[demands.Length], new double[demands.Length]);
        for (var search = 1; search <= Searches; search++)
        {
            var top = votes.Max();
            double[] each = [.. votes.Select(vote => Math.Exp(vote - top))];
            var sum = each.Sum();
            for (var i = 0; i < each.Length; i++)
            {
                each[i] /= sum;
                mean[i] += (each[i] - mean[i]) / search;
            }

            var worst = Worst(demands, each, threat, out var value);
            if (value + Dot(each, fixedParts) < 0)
                return true;
            _ = Worst(demands, mean, threat, out var ofMean);
            if (ofMean + Dot(mean, fixedParts) < 0)
                return true;
            for (var i = 0; i < votes.Length; i++)
                votes[i] -= 2 / Math.Sqrt(search) * (fixedParts[i] + Dot(demands[i], worst));
        }

        return false;
    }

    /// <summary>The allowed change that fulfils a weighted sum of demands best, and by how much.</summary>
    private static double[] Worst(double[][] demands, double[] shares, Threat threat, out double value)
    {
        double[] sum = [.. Enumerable.Range(0, demands[0].Length).Select(pixel => demands.Select((demand, i) => shares[i] * demand[pixel]).Sum())];
        var length = Math.Sqrt(Dot(sum, sum)) + 1e-12;
        double[] change = [.. sum.Select(one => threat.Epsilon * (threat.Norm == Norm.Infinity ? Math.Sign(one) : one / length))];
        value = Dot(sum, change);
        return change;
    }

    private static double Dot(double[] one, double[] other)
    {
        var sum = 0.0;
        for (var i = 0; i < one.Length; i++)
            sum += one[i] * other[i];
        return sum;
    }
}
