using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>How far each member is from what an attack wants of it, in a unit that does not depend on the scale of its scores: positive where it has it.</summary>
/// <remarks>The difference of logits ratio, so that members with large scores do not dominate sums over members.</remarks>
internal static class JointRatios
{
    /// <summary>A member that is wrong stops pulling beyond this.</summary>
    public const double Enough = 0.05;

    private static readonly LogitRatioLoss Ratio = new();
    private static readonly TargetedLogitRatioLoss TargetedRatio = new();

    /// <summary>Checks that the ratio exists.</summary>
    public static void Validate(int classes) => Ratio.Validate(classes);

    /// <summary>The ratios.</summary>
    /// <param name="logits">(n, classes) of each member, those that must agree first.</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="targets">(n), int64: the class that members agree on or move towards; if not given, the one that is nearest.</param>
    /// <param name="agreeing">How many must agree.</param>
    /// <returns>(members, n).</returns>
    public static Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, Tensor? targets, int agreeing = 0)
    {
        if (agreeing == 0)
            return stack(logits.Select(scores => targets is null ? Ratio.Of([scores], labels, targets: null) : TargetedRatio.Of([scores], labels, targets)), 0);
        var agreed = targets ?? WrongClasses.Nearest(logits.Take(agreeing), labels);
        return stack(logits.Select((scores, member) => member < agreeing ? -Ratio.Of([scores], agreed, targets: null) : Ratio.Of([scores], labels, targets: null)), 0);
    }
}
