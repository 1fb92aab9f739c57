using Nestor.Training.Robustness.Losses.Votes;
using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>PGD on every coalition of a committee, in which the members that are furthest from falling gain weight with every step.</summary>
/// <remarks>
/// Wang et al. 2021 (arXiv 1906.03563), algorithm 1, on clamped ratios: <c>w ← Π(w − (h + γ (w − 1/m)) / β)</c> on the simplex after each step.
/// </remarks>
public sealed record MinMaxPgd : CoalitionAttack
{
    /// <summary>Creates the attack.</summary>
    /// <param name="policy">How the committee votes.</param>
    public MinMaxPgd(VotePolicy policy)
        : base(policy)
    {
    }

    /// <inheritdoc/>
    public override string Name => "min-max PGD of coalitions";

    /// <summary>Steps of each climb.</summary>
    public int Steps { get; init; } = 100;

    /// <summary>Size of a step, as a share of epsilon; 2.5 / <see cref="Steps"/> where it is not given.</summary>
    public double? StepShare { get; init; }

    /// <summary>What draws the weights back to equal ones, γ.</summary>
    public double Evenness { get; init; } = 3;

    /// <summary>What slows the weights, β.</summary>
    public double Inertia { get; init; } = 40;

    internal override void Validate(int classes, Threat threat)
    {
        base.Validate(classes, threat);
        ThrowIfNotPositive("steps", Steps);
        if (!(Evenness >= 0 && Inertia > 0))
            throw new NestorException($"An evenness of {Evenness} and an inertia of {Inertia} were given; the one is 0 or more, the other more than 0.");
        JointRatios.Validate(classes);
    }

    internal override void Run(AttackCase attacked, CancellationToken cancellation) => Each(attacked, coalitions =>
    {
        using var scope = NewDisposeScope();
        attacked.FanOut(coalitions);
        Climb(attacked, coalitions[0].Agreeing.Length, coalitions[0].Members.Length, cancellation);
        attacked.Gather();
    });

    private void Climb(AttackCase attacked, int agreeing, int seats, CancellationToken cancellation)
    {
        var (threat, size) = (attacked.Threat, attacked.Threat.Epsilon * (StepShare ?? 2.5 / Steps));
        var image = threat.RandomStart(attacked.Origin, attacked.Random);
        var weights = full(attacked.Survivors, seats, 1.0 / seats, device: image.device);
        for (var step = 0; step <= Steps && attacked.Survivors > 0; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var ratios = weights;                                                                       // (survivors, seats), those of this point below
            var point = attacked.Evaluate(image, logits =>
            {
                var pushes = JointRatios.Of(logits, attacked.Labels, targets: null, agreeing).clamp(max: JointRatios.Enough).t();
                ratios = pushes.detach();
                return (weights * pushes).sum([1]);
            });
            weights.copy_(SimplexProjection.Of(weights - (ratios + Evenness * (weights - 1.0 / seats)) / Inertia));
            var gradient = point.Gradient;
            if (attacked.SetAside(point.Correct, image) is { } rows)
            {
                Keep(ref image, rows);
                Keep(ref weights, rows);
                gradient = gradient.index_select(0, rows);
            }

            image.copy_(threat.Project(image + size * threat.Direction(gradient), attacked.Origin));
        }
    }
}
