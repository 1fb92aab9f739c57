using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>Random points of the ball, on its corners (its surface, for the Euclidean norm) and within it in turns: the least that every other attack must find.</summary>
public sealed record RandomSearch : Attack
{
    /// <inheritdoc/>
    public override string Name => "random search";

    /// <inheritdoc/>
    public override bool NeedsGradients => false;

    /// <summary>Points tried for each image.</summary>
    public int Queries { get; init; } = 10_000;

    internal override void Validate(int classes, Threat threat) => ThrowIfNotPositive("queries", Queries);

    internal override void Run(AttackCase attacked, CancellationToken cancellation)
    {
        for (var query = 0; query < Queries && attacked.Survivors > 0; query++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var moved = query % 2 == 0 ? Outermost(attacked) : Within(attacked);
            attacked.SetAside(attacked.IsCorrect(attacked.Query(moved)), moved);
        }
    }

    private static Tensor Outermost(AttackCase attacked)
    {
        var (threat, origin) = (attacked.Threat, attacked.Origin);
        return threat.Project(origin + threat.Epsilon * threat.Direction(randn(origin.shape, generator: attacked.Random).to(origin.device)), origin);
    }

    private static Tensor Within(AttackCase attacked)
    {
        var (threat, origin) = (attacked.Threat, attacked.Origin);
        var share = rand(attacked.Survivors, 1, 1, 1, generator: attacked.Random).to(origin.device);
        return threat.Project(origin + share * (threat.RandomStart(origin, attacked.Random) - origin), origin);
    }
}
