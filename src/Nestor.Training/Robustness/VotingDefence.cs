using System.Runtime.InteropServices;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Models that vote with their hard labels. No answer is a wrong answer.</summary>
/// <param name="classes">The number of classes.</param>
/// <param name="policy">How votes become an answer.</param>
/// <param name="members">Each scores the classes of images, (n, channels, height, width) in pixels from 0 to 1, as (n, classes); the most trusted first.</param>
public sealed class VotingDefence(int classes, VotePolicy policy, IReadOnlyList<Func<Tensor, Tensor>> members) : IDefence
{
    /// <inheritdoc/>
    public int Classes => classes;

    /// <summary>How votes become an answer.</summary>
    public VotePolicy Policy => policy;

    /// <inheritdoc/>
    public int Members => members.Count;

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Logits(Tensor images) => [.. members.Select(member => member(images))];

    /// <inheritdoc/>
    public Tensor Logits(Tensor images, int member) => members[member](images);

    /// <inheritdoc/>
    public Tensor IsOpen(Tensor votes)
    {
        using var scope = NewDisposeScope();
        var rows = Rows(votes);
        var open = new bool[votes.shape[0]];
        for (var i = 0; i < open.Length; i++)
            open[i] = policy.Settled(rows.AsSpan(i * members.Count, members.Count)) is null;
        return tensor(open).to(votes.device).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor IsCorrect(IReadOnlyList<Tensor> logits, Tensor labels)
    {
        var answers = Answers(logits);
        var right = labels.cpu().data<long>().Select((label, i) => answers[i] == label).ToArray();
        return tensor(right).to(labels.device);
    }

    /// <summary>How many vote, and how.</summary>
    public override string ToString() => $"{members.Count} models that vote by {policy}";

    /// <summary>The committee's answers: classes, or <see cref="VotePolicy.Abstain"/>.</summary>
    /// <param name="logits">(n, classes) of each member.</param>
    public int[] Answers(IReadOnlyList<Tensor> logits)
    {
        using var scope = NewDisposeScope();
        var votes = Rows(stack(logits.Select(scores => scores.detach().argmax(1)), 1));                  // (n, members)
        var answers = new int[votes.Length / members.Count];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = policy.Decide(votes.AsSpan(i * members.Count, members.Count));
        return answers;
    }

    private static int[] Rows(Tensor votes) => MemoryMarshal.Cast<byte, int>(votes.to(ScalarType.Int32).cpu().contiguous().bytes).ToArray();
}
