using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>The smallest change that brings points onto a hyperplane without leaving the range of pixels, 0 to 1.</summary>
/// <remarks>
/// Croce and Hein 2020 (arXiv 1907.02044), §2.1 and its appendix, which sorts; found here by bisection, because the distance to the plane falls
/// monotonically with the largest change (or, for the Euclidean norm, with the multiplier of the plane's normal).
/// </remarks>
internal static class HyperplaneProjection
{
    private const int Bisections = 50, Doublings = 60;
    private const double Tiny = 1e-12;

    /// <summary>The changes for every point; the whole way to the edge of the range where the plane is out of reach.</summary>
    /// <param name="points">(n, d), from 0 to 1.</param>
    /// <param name="normal">(n, d): the planes are the points u with normal · u = offset.</param>
    /// <param name="offset">(n).</param>
    /// <param name="norm">The norm in which changes are small.</param>
    /// <returns>(n, d).</returns>
    public static Tensor Change(Tensor points, Tensor normal, Tensor offset, Norm norm)
    {
        using var scope = NewDisposeScope();
        var above = (normal * points).sum([1], keepdim: true) - offset.unsqueeze(1);                    // (n, 1)
        var away = where(above.ge(0), ones_like(above), -ones_like(above)) * normal;                    // the plane lies against this
        var distance = above.abs();
        var room = where(away.gt(0), points, 1 - points) * away.ne(0);                                  // how far each value can go
        var weight = away.abs();
        var (low, high) = (zeros_like(distance), norm == Norm.Infinity ? ones_like(distance) : Bracket());
        for (var i = 0; i < Bisections; i++)
        {
            using var inner = NewDisposeScope();
            var middle = (low + high) / 2;
            var reaches = Covered(middle).ge(distance);
            high.copy_(where(reaches, middle, high));
            low.copy_(where(reaches, low, middle));
        }

        var reachable = (weight * room).sum([1], keepdim: true).ge(distance);
        return (-away.sign() * where(reachable, Moves(high), room)).MoveToOuterDisposeScope();

        Tensor Moves(Tensor multiplier) => minimum(norm == Norm.Infinity ? multiplier.expand_as(room) : multiplier * weight, room);

        Tensor Covered(Tensor multiplier) => (weight * Moves(multiplier)).sum([1], keepdim: true);

        Tensor Bracket()
        {
            var multiplier = distance / (weight.square().sum([1], keepdim: true) + Tiny);
            var wanted = minimum(distance, (weight * room).sum([1], keepdim: true) * (1 - 1e-6));
            for (var i = 0; i < Doublings && Covered(multiplier).lt(wanted).any().item<bool>(); i++)
                multiplier = where(Covered(multiplier).lt(wanted), multiplier * 2, multiplier);
            return multiplier;
        }
    }
}
