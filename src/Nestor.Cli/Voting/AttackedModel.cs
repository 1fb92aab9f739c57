using Nestor.Training.Robustness.Attacks;
using static TorchSharp.torch;

namespace Nestor.Cli.Voting;

/// <summary>A model after its evaluation.</summary>
/// <param name="Named">What it came to.</param>
/// <param name="Images">The test images, moved where it fell.</param>
internal sealed record AttackedModel(NamedOutcome Named, Tensor Images)
{
    /// <summary>The same images, to be tried on something else.</summary>
    public TransferAttack Transfer => new(Named.Name, Images);
}
