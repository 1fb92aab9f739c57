using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>The sum of the members' cross-entropies: away from the right class, or towards the class that they must agree on.</summary>
public sealed record MemberSumLoss : JointLoss
{
    /// <inheritdoc/>
    public override string Name => "sum of CE";

    internal override Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets)
    {
        var aimed = Agreeing == 0 && targets is not null ? logits.Count : Agreeing;
        var goal = aimed == 0 ? labels : targets ?? WrongClasses.Nearest(logits.Take(Agreeing), labels);
        return stack(logits.Select((scores, member) => member < aimed ? -CrossEntropy(scores, goal) : CrossEntropy(scores, labels)), 0).sum([0]);
    }

    private static Tensor CrossEntropy(Tensor scores, Tensor classes) => cross_entropy(scores, classes, reduction: nn.Reduction.None);
}
