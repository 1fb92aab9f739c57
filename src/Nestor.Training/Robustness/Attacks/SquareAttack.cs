using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>Random search with squares that shrink; it asks for scores only, never for gradients.</summary>
/// <remarks>Andriushchenko et al. 2020 (arXiv 1912.00049), algorithms 1 to 3, with AutoAttack's schedule, which does not depend on the number of queries.</remarks>
public sealed record SquareAttack : Attack
{
    private static readonly int[] Halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

    /// <inheritdoc/>
    public override string Name => Loss is MarginLoss ? "Square" : $"Square-{Loss.Name}";

    /// <inheritdoc/>
    public override bool NeedsGradients => false;

    /// <summary>What it climbs.</summary>
    public AttackLoss Loss { get; init; } = new MarginLoss();

    /// <summary>Scores asked for each image.</summary>
    public int Queries { get; init; } = 5000;

    /// <summary>Share of the pixels that a square has at first.</summary>
    public double FirstShare { get; init; } = 0.8;

    /// <summary>Whether to go on from a proposal that is as good as the best: the only way across the plateaus of a count.</summary>
    public bool Drifts { get; init; }

    internal override void Validate(int classes, Threat threat)
    {
        ThrowIfNotPositive("queries", Queries);
        if (!(FirstShare is > 0 and <= 1))
            throw new NestorException($"Squares of {FirstShare} of an image were asked for; the share is above 0 and at most 1.");
        Loss.Validate(classes);
    }

    /// <summary>Share of the pixels that a square has at a query.</summary>
    internal double ShareAt(int query) => FirstShare / (1 << Halvings.Count(from => query > from));

    internal override void Run(AttackCase attacked, CancellationToken cancellation)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        SquareMoves moves = attacked.Threat.Norm == Norm.Infinity ? new SquareSigns(attacked.Threat, attacked.Random) : new SquareBumps(attacked.Threat, attacked.Random);
        var image = moves.Start(attacked.Origin);
        var best = full(attacked.Survivors, double.NegativeInfinity, device: image.device);
        for (var query = 0; query < Queries && attacked.Survivors > 0; query++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var proposed = query == 0 ? image.clone() : moves.Propose(image, attacked.Origin, ShareAt(query - 1));
            var logits = attacked.Query(proposed);
            var loss = attacked.Measure(logits, Loss);
            var better = Drifts ? loss.ge(best) : loss.gt(best);
            image.copy_(where(better.view(-1, 1, 1, 1), proposed, image));
            best.copy_(maximum(best, loss));
            if (attacked.SetAside(attacked.IsCorrect(logits), proposed) is { } rows)
            {
                Keep(ref image, rows);
                Keep(ref best, rows);
            }
        }
    }
}
