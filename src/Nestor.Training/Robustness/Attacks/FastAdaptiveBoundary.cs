using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>The nearest point beyond the boundary to one wrong class after the other, the most probable first (FAB-T).</summary>
/// <remarks>Croce and Hein 2020 (arXiv 1907.02044), algorithm 1, in the targeted form of arXiv 2003.01690, appendix A. It does not depend on epsilon, which only decides what counts.</remarks>
public sealed record FastAdaptiveBoundary : Attack
{
    private static readonly TargetedMarginLoss Boundary = new();

    /// <inheritdoc/>
    public override string Name => "FAB-T";

    /// <summary>Steps towards each class.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Most wrong classes to try.</summary>
    public int Targets { get; init; } = 9;

    /// <summary>Most that a step leans towards the unperturbed image.</summary>
    public double LargestBias { get; init; } = 0.1;

    /// <summary>How far a step goes beyond the linear boundary, 1 ending on it.</summary>
    public double Extrapolation { get; init; } = 1.05;

    /// <summary>What is kept of a change that was enough, when the search goes on from nearer.</summary>
    public double Backward { get; init; } = 0.9;

    internal override void Validate(int classes, Threat threat)
    {
        ThrowIfNotPositive("steps", Steps);
        ThrowIfNotPositive("targets", Targets);
        Boundary.Validate(classes);
    }

    internal override void Run(AttackCase attacked, CancellationToken cancellation)
    {
        for (var rank = 0; rank < Math.Min(Targets, attacked.Classes - 1) && attacked.Survivors > 0; rank++)
        {
            TargetRanks.AimAt(attacked, rank);
            using var scope = NewDisposeScope();
            var image = attacked.Origin.clone();
            for (var step = 0; step < Steps && attacked.Survivors > 0; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var inner = NewDisposeScope();
                Step(attacked, ref image);
            }
        }
    }

    private void Step(AttackCase attacked, ref Tensor image)
    {
        var (origin, threat) = (attacked.Origin, attacked.Threat);
        var point = attacked.Evaluate(image, Boundary);
        var normal = point.Gradient.flatten(1);
        var offset = (normal * image.flatten(1)).sum([1]) - point.Loss;
        var fromImage = HyperplaneProjection.Change(image.flatten(1), normal, offset, threat.Norm).view_as(image);
        var fromOrigin = HyperplaneProjection.Change(origin.flatten(1), normal, offset, threat.Norm).view_as(image);
        var (near, far) = (threat.Size(fromImage).clamp_(min: 1e-8), threat.Size(fromOrigin).clamp_(min: 1e-8));
        var bias = (near / (near + far)).clamp_(max: LargestBias);
        image.copy_(((1 - bias) * (image + Extrapolation * fromImage) + bias * (origin + Extrapolation * fromOrigin)).clamp_(0, 1));

        var correct = attacked.IsCorrect(attacked.Query(image));
        var within = threat.Size(image - origin).flatten().le(threat.Epsilon);
        var turned = where(correct.view(-1, 1, 1, 1), image, origin + Backward * (image - origin));
        var rows = attacked.SetAside(correct.logical_or(within.logical_not()), image);
        image.copy_(turned);
        if (rows is not null)
            Keep(ref image, rows);
    }
}
