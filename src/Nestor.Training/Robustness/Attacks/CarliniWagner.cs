using Nestor.Training.Robustness.Losses;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>The shortest change that is enough, by Adam on length and margin together (C&amp;W-L2).</summary>
/// <remarks>Carlini and Wagner 2017 (arXiv 1608.04644), §5 and §6.A: images as (tanh w + 1) / 2, the weight of the margin found by bisection.</remarks>
public sealed record CarliniWagner : Attack
{
    private const double FirstWeight = 1e-3, NoUpperBound = 1e10;
    private const double FirstMomentum = 0.9, SecondMomentum = 0.999, Tiny = 1e-8;

    // Keeps pixels of exactly 0 and 1 away from infinity.
    private const double Inside = 1 - 1e-6;

    private static readonly MarginLoss Margin = new();

    /// <inheritdoc/>
    public override string Name => "C&W-L2";

    /// <summary>Steps for each weight of the margin.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Weights of the margin to try.</summary>
    public int Searches { get; init; } = 9;

    /// <summary>Adam's step size.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>The margin, in logits, that is enough.</summary>
    public double Confidence { get; init; }

    internal override void Validate(int classes, Threat threat)
    {
        ThrowIfNotPositive("steps", Steps);
        ThrowIfNotPositive("searches", Searches);
        if (threat.Norm != Norm.Two)
            throw new NestorException("C&W-L2 looks for short changes in the Euclidean norm; take another attack for the infinity norm.");
        Margin.Validate(classes);
    }

    internal override void Run(AttackCase attacked, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var weight = full(attacked.Survivors, FirstWeight, device: attacked.Origin.device);
        var (lower, upper) = (zeros_like(weight), full_like(weight, NoUpperBound));
        for (var search = 0; search < Searches && attacked.Survivors > 0; search++)
        {
            using var inner = NewDisposeScope();
            var (image, isWrong, isNear) = Minimise(attacked, weight, cancellation);
            lower.copy_(where(isWrong, lower, maximum(lower, weight)));
            upper.copy_(where(isWrong, minimum(upper, weight), upper));
            weight.copy_(where(upper.lt(NoUpperBound), (lower + upper) / 2, weight * 10));
            if (attacked.SetAside(isNear.logical_not(), image) is not { } rows)
                continue;
            Keep(ref weight, rows);
            Keep(ref lower, rows);
            Keep(ref upper, rows);
        }
    }

    /// <summary>Adam at one weight of the margin for every image.</summary>
    /// <returns>The last wrongly answered image within epsilon, whether any was answered wrongly, and whether within epsilon.</returns>
    private (Tensor Image, Tensor IsWrong, Tensor IsNear) Minimise(AttackCase attacked, Tensor weight, CancellationToken cancellation)
    {
        var hidden = ((attacked.Origin * 2 - 1) * Inside).atanh();
        var (first, second, found) = (zeros_like(hidden), zeros_like(hidden), attacked.Origin.clone());
        var (isWrong, isNear) = (zeros_like(weight, ScalarType.Bool), zeros_like(weight, ScalarType.Bool));
        for (var step = 1; step <= Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var tanh = hidden.tanh();
            var image = (tanh + 1) / 2;
            var change = image - attacked.Origin;
            var point = attacked.Evaluate(image, Margin);
            var wrong = point.Correct.logical_not();
            var near = wrong.logical_and(attacked.Threat.Size(change).flatten().le(attacked.Threat.Epsilon));
            isWrong.logical_or_(wrong);
            isNear.logical_or_(near);
            found.copy_(where(near.view(-1, 1, 1, 1), image, found));

            var pushes = point.Loss.lt(Confidence) * weight;
            var gradient = (2 * change - pushes.view(-1, 1, 1, 1) * point.Gradient) * (1 - tanh.square()) / 2;
            first.mul_(FirstMomentum).add_(gradient * (1 - FirstMomentum));
            second.mul_(SecondMomentum).add_(gradient.square() * (1 - SecondMomentum));
            var scale = (second / (1 - Math.Pow(SecondMomentum, step))).sqrt() + Tiny;
            hidden.sub_(LearningRate / (1 - Math.Pow(FirstMomentum, step)) * first / scale);
        }

        return (found, isWrong, isNear);
    }
}
