using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>The margin of the vote itself: positive if and only if the committee's answer is wrong or none.</summary>
/// <param name="Policy">How the committee votes.</param>
/// <remarks>
/// Of every coalition the member that is furthest from what breaks the vote, and of these the nearest. By absolute majority it is the ratio of the member in the middle.
/// </remarks>
public sealed record VoteMarginLoss(VotePolicy Policy) : AttackLoss
{
    private const double Tiny = 1e-12;

    /// <inheritdoc/>
    public override string Name => "vote margin";

    internal override void Validate(int classes) => JointRatios.Validate(classes);

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets)
    {
        var wrong = JointRatios.Of(logits, labels, targets: null);                                      // (members, n)
        Tensor? agreed = null;                                                                          // (members, n, classes)
        List<Tensor> margins = [];
        foreach (var alike in Coalitions.Of(Policy, logits.Count).GroupBy(coalition => (coalition.Agreeing.Length, coalition.Wrong.Length)))
        {
            var (agreeing, others) = alike.Key;
            var margin = others == 0 ? null : Least(wrong, alike.SelectMany(coalition => coalition.Wrong), others);
            if (agreeing > 0)
            {
                agreed ??= stack(logits.Select(scores => Leads(scores, labels)), 0);
                var together = Least(agreed, alike.SelectMany(coalition => coalition.Agreeing), agreeing).amax([2]);
                margin = margin is null ? together : minimum(margin, together);
            }

            margins.Add(margin!.amax([0]));                                                             // (n)
        }

        return margins.Aggregate(maximum);
    }

    // (coalitions, n, …): the least of each coalition's members.
    private static Tensor Least(Tensor values, IEnumerable<int> members, int each)
    {
        long[] places = [.. members.Select(member => (long)member)];
        var chosen = values.index_select(0, tensor(places).to(values.device));
        return chosen.view([places.Length / each, each, .. values.shape[1..]]).amin([1]);
    }

    // (n, classes): how far each wrong class is ahead of all others, as a ratio; the right class never is.
    private static Tensor Leads(Tensor scores, Tensor labels)
    {
        var top = scores.topk(3, 1).values;
        var (first, second, third) = (top.narrow(1, 0, 1), top.narrow(1, 1, 1), top.narrow(1, 2, 1));
        var leads = (scores - where(scores.eq(first), second, first)) / (first - third + Tiny);
        return leads.scatter(1, labels.unsqueeze(1), full(labels.shape[0], 1, double.NegativeInfinity, dtype: leads.dtype, device: leads.device));
    }
}
