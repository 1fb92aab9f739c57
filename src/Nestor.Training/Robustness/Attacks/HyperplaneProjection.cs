using TorchSharp;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>The smallest change that brings points onto a hyperplane without leaving the range of pixels, 0 to 1.</summary>
/// <remarks>
/// Croce and Hein 2020 (arXiv 1907.02044), §2.1 and its appendix, which sorts; found here by Newton's method. What is covered of the distance to the plane
/// is a concave, piecewise linear function of the largest change (or, for the Euclidean norm, of the multiplier of the plane's normal): from 0 on, steps
/// along its slope never go too far, and the one that ends on the right piece ends at the solution.
/// </remarks>
internal static class HyperplaneProjection
{
    // A row needs as many steps as its solution lies behind pieces that earlier steps ended on: some 5 for images.
    internal const int MostSteps = 100;
    internal const float Tiny = 1e-30f, Huge = 1e30f, Rounding = 1e-6f;

    /// <summary>The changes for every point; the whole way to the edge of the range where the plane is out of reach.</summary>
    /// <param name="points">(n, d), from 0 to 1.</param>
    /// <param name="normal">(n, d): the planes are the points u with normal · u = offset.</param>
    /// <param name="offset">(n).</param>
    /// <param name="norm">The norm in which changes are small.</param>
    /// <returns>(n, d).</returns>
    public static Tensor Change(Tensor points, Tensor normal, Tensor offset, Norm norm)
    {
        if (points.device_type != DeviceType.CPU)
            return Plain(points, normal, offset, norm);
        using var scope = NewDisposeScope();
        var change = empty_like(points);
        HyperplaneKernel.Change(TensorMemory.Floats(points.contiguous()), TensorMemory.Floats(normal.contiguous()), TensorMemory.Floats(offset.contiguous()), norm, TensorMemory.Floats(change));
        return change.MoveToOuterDisposeScope();
    }

    /// <summary>The same by tensors, on any device.</summary>
    internal static Tensor Plain(Tensor points, Tensor normal, Tensor offset, Norm norm)
    {
        using var scope = NewDisposeScope();
        var above = (normal * points).sum([1], keepdim: true) - offset.unsqueeze(1);                    // (n, 1)
        var away = where(above.ge(0), normal, -normal);                                                 // the plane lies against this
        var weight = away.abs();
        var room = where(away.gt(0), points, 1 - points).mul_(away.ne(0));                              // how far each value can go
        var multiplier = norm == Norm.Infinity
            ? Multiplier(above.abs(), edge: room, weight * room, slope: weight)
            : Multiplier(above.abs(), edge: room / weight, weight * room, slope: weight.square());
        var moves = minimum(norm == Norm.Infinity ? multiplier.expand_as(room) : multiplier * weight, room);
        return (away.sign().neg_() * moves).MoveToOuterDisposeScope();
    }

    /// <summary>The least multiplier that covers a distance.</summary>
    /// <param name="distance">(n, 1).</param>
    /// <param name="edge">(n, d): the multiplier from which on a value is at the edge of the range.</param>
    /// <param name="reach">(n, d): what it then covers.</param>
    /// <param name="slope">(n, d): what it covers for each unit of the multiplier before.</param>
    /// <returns>(n, 1); beyond every edge where all values together do not cover the distance.</returns>
    private static Tensor Multiplier(Tensor distance, Tensor edge, Tensor reach, Tensor slope)
    {
        var multiplier = zeros_like(distance);
        for (var (step, rests) = (0, false); step < MostSteps && !rests; step++)
        {
            using var inner = NewDisposeScope();
            var free = edge.ge(multiplier);
            var left = distance - reach.masked_fill(free, 0).sum([1], keepdim: true);
            var next = maximum(multiplier, left / slope.mul(free).sum([1], keepdim: true).clamp_(min: Tiny)).clamp_(max: Huge);
            rests = next.sub(multiplier).le(Rounding * next).all().item<bool>();
            multiplier.copy_(next);
        }

        return multiplier;
    }
}
