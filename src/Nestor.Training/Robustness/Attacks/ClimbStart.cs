using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>Where a climb begins in each image's ball.</summary>
public abstract record ClimbStart
{
    /// <summary>What a climb's name says of it; nothing for the usual start.</summary>
    internal abstract string Suffix { get; }

    /// <summary>The first points, (survivors, channels, height, width).</summary>
    /// <param name="attacked">The images.</param>
    /// <param name="loss">What will be climbed.</param>
    internal abstract Tensor Of(AttackCase attacked, AttackLoss loss);
}
