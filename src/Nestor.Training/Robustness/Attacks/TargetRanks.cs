using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>Aims attacks at the wrong classes of the unperturbed images, by rank.</summary>
internal static class TargetRanks
{
    /// <summary>Aims every survivor at its wrong class of a rank, by the first member's scores.</summary>
    /// <param name="attacked">The images.</param>
    /// <param name="rank">0 for the wrong class with the largest score.</param>
    public static void AimAt(AttackCase attacked, int rank)
    {
        using var scope = NewDisposeScope();
        attacked.Aim(WrongClasses.OfRank([attacked.Query(attacked.Origin)[0]], attacked.Labels, rank));
    }

    /// <summary>The classes of a rank by the scores of each coalition's members together, of those that agree where some do.</summary>
    /// <param name="attacked">The images, before they get a row for each coalition.</param>
    /// <param name="coalitions">The coalitions.</param>
    /// <param name="rank">0 for the most probable wrong class.</param>
    /// <returns>(coalitions * survivors), int64: all survivors for the first coalition, and so on.</returns>
    public static Tensor Of(AttackCase attacked, IReadOnlyList<Coalition> coalitions, int rank)
    {
        using var scope = NewDisposeScope();
        var logits = attacked.Query(attacked.Origin);
        return cat([.. coalitions.Select(coalition => WrongClasses.OfRank(
            (coalition.Agreeing.IsEmpty ? coalition.Wrong : coalition.Agreeing).Select(member => logits[member]), attacked.Labels, rank))], 0).MoveToOuterDisposeScope();
    }
}
