using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>A random point of the ball's surface.</summary>
public sealed record RandomStart : ClimbStart
{
    internal override string Suffix => "";

    /// <summary>The word for it in reports.</summary>
    public override string ToString() => "random";

    internal override Tensor Of(AttackCase attacked, AttackLoss loss) => attacked.Threat.RandomSurface(attacked.Origin, attacked.Random);
}
