using static TorchSharp.torch;

namespace Nestor.Bench.Robustness;

/// <summary>AutoAttack for the infinity norm as one first writes it from its papers: every attack, and every target of an attack, on every image, until none is left.</summary>
/// <remarks>Croce and Hein 2020 (arXiv 2003.01690). No image is set aside once it has fallen. Given one image at a time, it is a loop over images with a loop over targets in it.</remarks>
/// <param name="scores">(n, classes) of (n, channels, height, width), pixels from 0 to 1.</param>
/// <param name="epsilon">The largest change of a value.</param>
/// <param name="random">Where random numbers come from.</param>
internal sealed class StraightforwardAutoAttack(Func<Tensor, Tensor> scores, double epsilon, Generator random)
{
    private const int Targets = 9;

    /// <summary>Attacks images, as many at a time as are given.</summary>
    /// <param name="images">(n, channels, height, width).</param>
    /// <param name="labels">(n), int64.</param>
    /// <returns>Whether each image is answered rightly whatever was tried.</returns>
    public bool[] Evaluate(Tensor images, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var climb = new StraightforwardClimb(scores, epsilon, random);
        var boundary = new StraightforwardBoundary(scores, epsilon);
        var squares = new StraightforwardSquares(scores, epsilon, random);
        IEnumerable<Func<Tensor>> attacks =
        [
            () => climb.Run(images, labels, target: null),
            .. Enumerable.Range(0, Targets).Select(rank => (Func<Tensor>)(() => climb.Run(images, labels, Target(images, labels, rank)))),
            .. Enumerable.Range(0, Targets).Select(rank => (Func<Tensor>)(() => boundary.Run(images, labels, Target(images, labels, rank)))),
            () => squares.Run(images, labels),
        ];
        var robust = IsRight(images, labels);
        foreach (var attack in attacks)
        {
            using var inner = NewDisposeScope();
            if (robust.any().item<bool>())
                robust.logical_and_(IsRight(attack(), labels));
        }

        return robust.data<bool>().ToArray();
    }

    private Tensor IsRight(Tensor points, Tensor labels)
    {
        using var quiet = no_grad();
        return scores(points).argmax(1).eq(labels);
    }

    /// <summary>The wrong class of a rank, by the scores of the unperturbed images.</summary>
    private Tensor Target(Tensor images, Tensor labels, int rank)
    {
        using var quiet = no_grad();
        var wrong = scores(images).scatter(1, labels.unsqueeze(1), full(labels.shape[0], 1, double.NegativeInfinity));
        return wrong.argsort(1, descending: true).select(1, rank);
    }
}
