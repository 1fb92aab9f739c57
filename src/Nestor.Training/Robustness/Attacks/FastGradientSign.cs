using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>One step of full size up the gradient (FGSM).</summary>
/// <remarks>Goodfellow et al. 2015 (arXiv 1412.6572), §4. For the Euclidean norm the step goes along the gradient itself.</remarks>
public sealed record FastGradientSign : Attack
{
    /// <inheritdoc/>
    public override string Name => "FGSM";

    /// <summary>What it climbs.</summary>
    public AttackLoss Loss { get; init; } = new CrossEntropyLoss();

    internal override void Validate(int classes, Threat threat) => Loss.Validate(classes);

    internal override void Run(AttackCase attacked, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var threat = attacked.Threat;
        var start = attacked.Evaluate(attacked.Origin, Loss);
        var moved = threat.Project(attacked.Origin + threat.Epsilon * threat.Direction(start.Gradient), attacked.Origin);
        attacked.SetAside(attacked.IsCorrect(attacked.Query(moved)), moved);
    }
}
