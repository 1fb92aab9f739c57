using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>What is attacked: the scores of its members, which have gradients, and its answer, which need not have any.</summary>
/// <remarks>
/// Attacks climb losses of the scores and ask <see cref="IsCorrect"/> whether they are done. So a committee that votes with hard labels, whose answer is flat
/// almost everywhere, is attacked through its members and judged by its vote. Images are in pixels from 0 to 1; a model normalises them itself.
/// </remarks>
public interface IDefence
{
    /// <summary>The number of classes.</summary>
    int Classes { get; }

    /// <summary>How many members have scores.</summary>
    int Members { get; }

    /// <summary>The scores of every member.</summary>
    /// <param name="images">(n, channels, height, width), pixels from 0 to 1.</param>
    /// <returns>(n, classes) of each member, differentiable in the images.</returns>
    IReadOnlyList<Tensor> Logits(Tensor images);

    /// <summary>The scores of one member.</summary>
    /// <param name="images">(n, channels, height, width), pixels from 0 to 1.</param>
    /// <param name="member">Its place, first 0.</param>
    /// <returns>(n, classes), differentiable in the images.</returns>
    Tensor Logits(Tensor images, int member) => Logits(images)[member];

    /// <summary>Whether the defence's answers still depend on members that were not asked.</summary>
    /// <param name="votes">(n, members), int64: each member's class, or <see cref="VotePolicy.Open"/> where it was not asked.</param>
    /// <returns>(n), bool; where it is false, <see cref="IsCorrect"/> takes any scores for those members.</returns>
    Tensor IsOpen(Tensor votes) => votes.eq(VotePolicy.Open).any(1);

    /// <summary>Whether the defence's answers are right.</summary>
    /// <param name="logits">(n, classes) of each member.</param>
    /// <param name="labels">(n), int64.</param>
    /// <returns>(n), bool.</returns>
    Tensor IsCorrect(IReadOnlyList<Tensor> logits, Tensor labels);
}
