using Nestor.Training.Robustness.Resuming;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>Tries images that fooled something else: a committee's members, its average, another model.</summary>
/// <param name="Source">What they fooled.</param>
/// <param name="Candidates">(n, channels, height, width): one for every image of the evaluation, in its order; brought into the ball first.</param>
/// <remarks>Cheap, and often the end of a defence whose own gradients mislead.</remarks>
public sealed record TransferAttack(string Source, Tensor Candidates) : Attack
{
    /// <inheritdoc/>
    public override string Name => $"transfer from {Source}";

    /// <inheritdoc/>
    public override bool NeedsGradients => false;

    /// <summary>The name; the images are too many to print.</summary>
    public override string ToString() => Name;

    internal override string Identity => $"{Name}, images {EvaluationFacts.Checksum(Candidates)}";

    internal override void Validate(int classes, Threat threat)
    {
        if (Candidates.dim() != 4)
            throw new NestorException($"Images of shape ({string.Join(", ", Candidates.shape)}) were given to transfer; (n, channels, height, width) is wanted, one for each image of the evaluation.");
    }

    internal override void Run(AttackCase attacked, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var moved = attacked.Threat.Project(Candidates.index_select(0, attacked.Places), attacked.Origin);
        attacked.SetAside(attacked.IsCorrect(attacked.Query(moved)), moved);
    }
}
