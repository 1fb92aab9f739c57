using Nestor.Training.Robustness.Losses;
using Nestor.Training.Robustness.Resuming;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>What fooled something else: a committee's members, its average, another model. Of each image the point with the largest loss.</summary>
/// <param name="Source">What the points fooled.</param>
/// <param name="Candidates">(n, channels, height, width) from each source: one for every image of the evaluation, in its order; brought into the ball first.</param>
public sealed record FoundStart(string Source, IReadOnlyList<Tensor> Candidates) : ClimbStart
{
    internal override string Suffix => " from found points";

    /// <summary>What the points fooled, and a text that differs where they do; they are too many to print.</summary>
    public override string ToString() => $"what fooled {Source} ({string.Join(' ', Candidates.Select(EvaluationFacts.Checksum))})";

    internal override Tensor Of(AttackCase attacked, AttackLoss loss)
    {
        using var scope = NewDisposeScope();
        var (points, losses) = Placed(Candidates[0], attacked, loss);
        foreach (var candidates in Candidates.Skip(1))
        {
            var (others, theirs) = Placed(candidates, attacked, loss);
            points = where(theirs.gt(losses).view(-1, 1, 1, 1), others, points);
            losses = maximum(losses, theirs);
        }

        return points.MoveToOuterDisposeScope();
    }

    private static (Tensor Points, Tensor Losses) Placed(Tensor candidates, AttackCase attacked, AttackLoss loss)
    {
        var points = attacked.Threat.Project(candidates.index_select(0, attacked.Places), attacked.Origin);
        return (points, attacked.Losses(points, loss));
    }
}
