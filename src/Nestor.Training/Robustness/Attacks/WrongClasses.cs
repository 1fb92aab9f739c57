using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>The wrong classes of unperturbed images, by their scores.</summary>
internal static class WrongClasses
{
    /// <summary>Aims every survivor at its wrong class of a rank.</summary>
    /// <param name="attacked">The images.</param>
    /// <param name="rank">0 for the wrong class with the largest score.</param>
    public static void AimAt(AttackCase attacked, int rank)
    {
        using var scope = NewDisposeScope();
        var scores = attacked.Query(attacked.Origin)[0];                                                // (survivors, classes)
        var wrong = scores.scatter(1, attacked.Labels.unsqueeze(1), full(attacked.Survivors, 1, double.NegativeInfinity, dtype: scores.dtype, device: scores.device));
        attacked.Aim(wrong.argsort(1, descending: true).select(1, rank));
    }
}
