using static TorchSharp.torch;

namespace Nestor.Bench.Robustness;

/// <summary>The square attack on a whole batch.</summary>
/// <remarks>Andriushchenko et al. 2020 (arXiv 1912.00049), algorithms 1 and 2.</remarks>
internal sealed class StraightforwardSquares(Func<Tensor, Tensor> scores, double epsilon, Generator random)
{
    private const int Queries = 5000;
    private const double FirstShare = 0.8;

    private static readonly int[] Halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];

    /// <summary>Searches until every image has fallen, or to the end.</summary>
    /// <param name="images">(n, channels, height, width).</param>
    /// <param name="labels">(n), int64.</param>
    /// <returns>The best point of each image.</returns>
    public Tensor Run(Tensor images, Tensor labels)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var (count, channels, height, width) = (images.shape[0], images.shape[1], images.shape[2], images.shape[3]);
        var point = (images + epsilon * Signs(count, channels, 1, width)).clamp(0, 1);
        var best = Margin(point, labels);
        for (var query = 0; query < Queries && best.le(0).any().item<bool>(); query++)
        {
            using var inner = NewDisposeScope();
            var share = FirstShare / (1 << Halvings.Count(from => query > from));
            var side = (int)Math.Clamp(Math.Round(Math.Sqrt(share * height * width)), 1, Math.Min(height, width));
            var (top, left) = (Place(height - side), Place(width - side));
            var change = zeros(1, channels, height, width);
            change.narrow(2, top, side).narrow(3, left, side).add_(2 * epsilon * Signs(1, channels, 1, 1));
            var proposed = maximum(minimum(point + change, images + epsilon), images - epsilon).clamp(0, 1);
            var margin = Margin(proposed, labels);
            point.copy_(where(margin.gt(best).view(-1, 1, 1, 1), proposed, point));
            best.copy_(maximum(best, margin));
        }

        return point.MoveToOuterDisposeScope();
    }

    private Tensor Margin(Tensor points, Tensor labels)
    {
        var logits = scores(points);
        var wrong = logits.scatter(1, labels.unsqueeze(1), full(labels.shape[0], 1, double.NegativeInfinity));
        return wrong.amax([1]) - logits.gather(1, labels.unsqueeze(1)).squeeze(1);
    }

    private long Place(long most) => randint(most + 1, [1], generator: random).item<long>();

    private Tensor Signs(params long[] shape) => randint(2, shape, dtype: ScalarType.Float32, generator: random) * 2 - 1;
}
