using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>Projected gradient ascent (PGD) with steps of one size. Every point on the way counts, not only the last.</summary>
/// <remarks>Madry et al. 2018 (arXiv 1706.06083), §2.1.</remarks>
public sealed record ProjectedGradient : Attack
{
    /// <inheritdoc/>
    public override string Name => "PGD";

    /// <summary>What it climbs.</summary>
    public AttackLoss Loss { get; init; } = new CrossEntropyLoss();

    /// <summary>Steps of each start.</summary>
    public int Steps { get; init; } = 20;

    /// <summary>Size of a step, as a share of epsilon; 2.5 / <see cref="Steps"/> where it is not given.</summary>
    public double? StepShare { get; init; }

    /// <summary>How often it begins, each time at another random point of the ball.</summary>
    public int Restarts { get; init; } = 1;

    internal override void Validate(int classes, Threat threat)
    {
        ThrowIfNotPositive("steps", Steps);
        ThrowIfNotPositive("restarts", Restarts);
        Loss.Validate(classes);
    }

    internal override void Run(AttackCase attacked, CancellationToken cancellation)
    {
        var (threat, size) = (attacked.Threat, attacked.Threat.Epsilon * (StepShare ?? 2.5 / Steps));
        for (var restart = 0; restart < Restarts; restart++)
        {
            using var scope = NewDisposeScope();
            var image = threat.RandomStart(attacked.Origin, attacked.Random);
            for (var step = 0; step <= Steps && attacked.Survivors > 0; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var inner = NewDisposeScope();
                var point = attacked.Evaluate(image, Loss);
                var gradient = point.Gradient;
                if (attacked.SetAside(point.Correct, image) is { } rows)
                {
                    Keep(ref image, rows);
                    gradient = gradient.index_select(0, rows);
                }

                image.copy_(threat.Project(image + size * threat.Direction(gradient), attacked.Origin));
            }
        }
    }
}
