using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Losses.Votes;

/// <summary>How far each member is from a wrong answer, in a unit that does not depend on the scale of its scores.</summary>
/// <remarks>The difference of logits ratio, so that members with large scores do not dominate sums over members.</remarks>
internal static class MemberRatios
{
    /// <summary>A wrong member stops pulling beyond this.</summary>
    public const double Enough = 0.05;

    private static readonly LogitRatioLoss Ratio = new();

    /// <summary>Checks that the ratio exists.</summary>
    public static void Validate(int classes) => Ratio.Validate(classes);

    /// <summary>The ratios of some members.</summary>
    /// <param name="logits">(n, classes) of each member.</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="members">Which members.</param>
    /// <returns>(members, n), positive where a member is wrong.</returns>
    public static Tensor Of(IReadOnlyList<Tensor> logits, Tensor labels, MemberSet members) =>
        stack(members.Of(logits.Count).Select(member => Ratio.Of([logits[member]], labels, targets: null)), 0);
}
