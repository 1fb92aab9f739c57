using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>What is left of a defence after every attack: the worst case of each image.</summary>
public sealed class RobustnessResult : IDisposable
{
    internal RobustnessResult(ImmutableArray<bool> isCorrect, ImmutableArray<bool> isRobust, IReadOnlyList<AttackResult> attacks, IReadOnlyList<RobustnessWarning> warnings, Tensor images) =>
        (IsCorrect, IsRobust, Attacks, Warnings, Images) = (isCorrect, isRobust, attacks, warnings, images);

    /// <summary>Whether each unperturbed image is answered rightly.</summary>
    public ImmutableArray<bool> IsCorrect { get; }

    /// <summary>Whether each image is answered rightly whatever was tried.</summary>
    public ImmutableArray<bool> IsRobust { get; }

    /// <summary>The share of unperturbed images answered rightly.</summary>
    public double CleanAccuracy => Share(IsCorrect);

    /// <summary>The share of images answered rightly whatever was tried.</summary>
    public double RobustAccuracy => Share(IsRobust);

    /// <summary>The standard error of <see cref="RobustAccuracy"/> as an estimate for more such images.</summary>
    public double StandardError => Math.Sqrt(RobustAccuracy * (1 - RobustAccuracy) / IsRobust.Length);

    /// <summary>The attacks, in their order.</summary>
    public IReadOnlyList<AttackResult> Attacks { get; }

    /// <summary>Reasons to doubt the result.</summary>
    public IReadOnlyList<RobustnessWarning> Warnings { get; }

    /// <summary>Every image, moved where an attack succeeded: (n, channels, height, width).</summary>
    public Tensor Images { get; }

    /// <summary>Frees the images.</summary>
    public void Dispose() => Images.Dispose();

    private static double Share(ImmutableArray<bool> flags) => flags.Count(flag => flag) / (double)flags.Length;
}
