using static TorchSharp.torch;

namespace Nestor.Bench.Robustness;

/// <summary>FAB towards one class on a whole batch; planes are reached by sorting, as its appendix does.</summary>
/// <remarks>Croce and Hein 2020 (arXiv 1907.02044), algorithm 1.</remarks>
internal sealed class StraightforwardBoundary(Func<Tensor, Tensor> scores, double epsilon)
{
    private const int Steps = 100;
    private const double LargestBias = 0.1, Extrapolation = 1.05, Backward = 0.9, Tiny = 1e-12, LeastSize = 1e-8;

    /// <summary>Looks for the nearest point beyond the boundary to a class.</summary>
    /// <param name="images">(n, channels, height, width).</param>
    /// <param name="labels">(n), int64.</param>
    /// <param name="target">(n), int64.</param>
    /// <returns>The nearest wrongly answered point of each image where one was found within epsilon, else the image.</returns>
    public Tensor Run(Tensor images, Tensor labels, Tensor target)
    {
        using var scope = NewDisposeScope();
        var (point, moved, origin) = (images.clone(), images.clone(), images.flatten(1));
        var least = full(images.shape[0], double.PositiveInfinity);
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            var (difference, gradient) = Evaluate(point, labels, target);
            var normal = gradient.flatten(1);
            var offset = (normal * point.flatten(1)).sum(1) - difference;
            var (fromPoint, fromOrigin) = (ToPlane(point.flatten(1), normal, offset).view_as(point), ToPlane(origin, normal, offset).view_as(point));
            var (near, far) = (Size(fromPoint).clamp(min: LeastSize), Size(fromOrigin).clamp(min: LeastSize));
            var bias = (near / (near + far)).clamp(max: LargestBias).view(-1, 1, 1, 1);
            point.copy_(((1 - bias) * (point + Extrapolation * fromPoint) + bias * (images + Extrapolation * fromOrigin)).clamp(0, 1));

            var wrong = IsWrong(point, labels);
            var size = Size(point - images);
            var nearer = wrong.logical_and(size.lt(least));
            least.copy_(where(nearer, size, least));
            moved.copy_(where(nearer.view(-1, 1, 1, 1), point, moved));
            point.copy_(where(wrong.view(-1, 1, 1, 1), images + Backward * (point - images), point));
        }

        return where(least.le(epsilon).view(-1, 1, 1, 1), moved, images).MoveToOuterDisposeScope();
    }

    private Tensor IsWrong(Tensor point, Tensor labels)
    {
        using var quiet = no_grad();
        return scores(point).argmax(1).ne(labels);
    }

    private (Tensor Difference, Tensor Gradient) Evaluate(Tensor point, Tensor labels, Tensor target)
    {
        var input = point.detach().requires_grad_();
        var logits = scores(input);
        var difference = (logits.gather(1, target.unsqueeze(1)) - logits.gather(1, labels.unsqueeze(1))).squeeze(1);
        return (difference.detach(), autograd.grad([difference.sum()], [input])[0]);
    }

    /// <summary>The smallest change onto planes within the range of pixels: values are sorted by the room that they have, and those with the least are used up first.</summary>
    private static Tensor ToPlane(Tensor points, Tensor normal, Tensor offset)
    {
        var above = (normal * points).sum([1], keepdim: true) - offset.unsqueeze(1);
        var away = where(above.ge(0), normal, -normal);
        var (weight, distance) = (away.abs(), above.abs());
        var room = where(away.gt(0), points, 1 - points) * away.ne(0);
        var (sorted, order) = room.sort(1);
        var weights = weight.gather(1, order);
        var (usedUp, stillFree) = ((weights * sorted).cumsum(1), weight.sum([1], keepdim: true) - weights.cumsum(1));
        var pieces = (usedUp + sorted * stillFree).lt(distance).sum([1], keepdim: true);                   // values that are used up
        var last = (pieces - 1).clamp(min: 0);
        var (covered, slope) = (where(pieces.gt(0), usedUp.gather(1, last), zeros_like(distance)), where(pieces.gt(0), stillFree.gather(1, last), weight.sum([1], keepdim: true)));
        var change = where(pieces.lt(room.shape[1]), (distance - covered) / (slope + Tiny), ones_like(distance));
        return -away.sign() * minimum(change.expand_as(room), room);
    }

    private static Tensor Size(Tensor change) => change.abs().amax([1, 2, 3]);
}
