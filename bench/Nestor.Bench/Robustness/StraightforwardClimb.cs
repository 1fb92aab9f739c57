using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Bench.Robustness;

/// <summary>APGD on a whole batch, on cross-entropy or towards a class, with every loss of the way kept.</summary>
/// <remarks>Croce and Hein 2020 (arXiv 2003.01690), algorithm 1 and eq. 7.</remarks>
internal sealed class StraightforwardClimb(Func<Tensor, Tensor> scores, double epsilon, Generator random)
{
    private const int Steps = 100, FirstPeriod = 22, ShortestPeriod = 6, ShorterBy = 3;
    private const double ShareOfStep = 0.75, ShareOfRises = 0.75, Tiny = 1e-12;

    /// <summary>Climbs from a random point of the surface of each image's ball.</summary>
    /// <param name="images">(n, channels, height, width).</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="target">(n), int64: the class to reach; null to climb the cross-entropy.</param>
    /// <returns>The last wrongly answered point of each image, or where it began.</returns>
    public Tensor Run(Tensor images, Tensor labels, Tensor? target)
    {
        using var scope = NewDisposeScope();
        var noise = rand(images.shape, generator: random) * 2 - 1;
        var point = (images + epsilon * noise / noise.abs().amax([1, 2, 3], keepdim: true)).clamp(0, 1);
        var (moved, old, bestPoint) = (point.clone(), point.clone(), point.clone());
        var (loss, gradient, _) = Evaluate(point, labels, target);
        var (best, bestThen, bestGradient) = (loss.clone(), loss.clone(), gradient.clone());
        var losses = zeros(Steps, images.shape[0]);
        var size = full([images.shape[0], 1, 1, 1], 2 * epsilon);
        var halved = ones(images.shape[0], ScalarType.Bool);
        for (var (step, period, since) = (0, FirstPeriod, 0); step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            var share = step == 0 ? 1 : ShareOfStep;
            var stepped = Project(point + size * gradient.sign(), images);
            var next = Project(point + share * (stepped - point) + (1 - share) * (point - old), images);
            old.copy_(point);
            point.copy_(next);
            var (newLoss, newGradient, right) = Evaluate(point, labels, target);
            gradient.copy_(newGradient);
            moved.copy_(where(Each(right), moved, point));
            losses.select(0, step).copy_(newLoss);
            var better = newLoss.gt(best);
            best.copy_(where(better, newLoss, best));
            bestPoint.copy_(where(Each(better), point, bestPoint));
            bestGradient.copy_(where(Each(better), gradient, bestGradient));
            if (++since < period)
                continue;
            var rises = zeros_like(best);
            for (var back = 0; back < period; back++)
                rises += losses.select(0, step - back).gt(step == back ? zeros_like(best) : losses.select(0, step - back - 1));
            var failed = rises.le(ShareOfRises * period).logical_or(halved.logical_not().logical_and(bestThen.ge(best)));
            halved.copy_(failed);
            bestThen.copy_(best);
            size.copy_(where(Each(failed), size / 2, size));
            point.copy_(where(Each(failed), bestPoint, point));
            gradient.copy_(where(Each(failed), bestGradient, gradient));
            (period, since) = (Math.Max(period - ShorterBy, ShortestPeriod), 0);
        }

        return moved.MoveToOuterDisposeScope();
    }

    private static Tensor Each(Tensor which) => which.view(-1, 1, 1, 1);

    private Tensor Project(Tensor point, Tensor images) => maximum(minimum(point, images + epsilon), images - epsilon).clamp(0, 1);

    private (Tensor Loss, Tensor Gradient, Tensor Right) Evaluate(Tensor point, Tensor labels, Tensor? target)
    {
        var input = point.detach().requires_grad_();
        var logits = scores(input);
        var loss = target is null ? cross_entropy(logits, labels, reduction: nn.Reduction.None) : TowardsTarget(logits, labels, target);
        return (loss.detach(), autograd.grad([loss.sum()], [input])[0], logits.detach().argmax(1).eq(labels));
    }

    private static Tensor TowardsTarget(Tensor logits, Tensor labels, Tensor target)
    {
        var sorted = logits.sort(1, descending: true).Values;
        var scale = sorted.select(1, 0) - (sorted.select(1, 2) + sorted.select(1, 3)) / 2 + Tiny;
        return (Score(target) - Score(labels)) / scale;

        Tensor Score(Tensor classes) => logits.gather(1, classes.unsqueeze(1)).squeeze(1);
    }
}
