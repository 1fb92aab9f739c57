using static TorchSharp.torch;

namespace Nestor.Training.Sensing.Peers;

/// <summary>Normalised iterative hard thresholding: gradient steps of the best size in the tangent space of a known rank, each cut back to that rank.</summary>
/// <remarks>Tanner and Wei 2013; the fastest of all methods here, where the rank is known.</remarks>
/// <param name="Rank">The rank of X, which must be known.</param>
public sealed record NormalizedHardThresholding(int Rank)
{
    /// <summary>Most steps.</summary>
    public int Iterations { get; init; } = 500;

    /// <summary>Stops where a step changes X by less than this share of it.</summary>
    public double Tolerance { get; init; } = 1e-8;

    /// <summary>Runs from zero.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="progress">Called after every step with its number and X, which is valid during the call; whether to go on.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="NestorException">The rank is impossible.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public SensingEstimate Run(IMatrixLoss loss, Func<int, Tensor, bool>? progress = null, CancellationToken cancellation = default)
    {
        if (Rank < 1 || Rank > loss.Dimension)
            throw new NestorException($"Rank {Rank} was asked for in dimension {loss.Dimension}; a rank from 1 to {loss.Dimension} is wanted.");
        using var outer = NewDisposeScope();
        var current = zeros(loss.Dimension, loss.Dimension, ScalarType.Float64);
        var (gradient, atOrigin, curved) = (empty_like(current), empty_like(current), empty_like(current));
        var valueAtOrigin = loss.Evaluate(current, atOrigin);
        Tensor? space = null;                                                                // (d, rank), orthonormal
        for (var iteration = 1; ; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            loss.Evaluate(current, gradient);
            var direction = Tangent(gradient, space).contiguous();
            var slope = Dot(direction, gradient);
            var bend = loss.Evaluate(direction, curved) - valueAtOrigin - Dot(direction, atOrigin);
            var factor = LeadingFactor.Of(current - slope / (2 * bend) * direction, Rank);
            var next = factor.mm(factor.t());
            var change = (next - current).norm().item<double>() / next.norm().item<double>();
            space?.Dispose();
            space = linalg.qr(factor).Q.MoveToOuterDisposeScope();
            current.copy_(next);
            var goesOn = progress?.Invoke(iteration, current) ?? true;
            if (!goesOn || change < Tolerance || iteration == Iterations)
                return new SensingEstimate(current.MoveToOuterDisposeScope(), Rank, iteration, 1 + 2 * iteration, change < Tolerance);
        }
    }

    /// <summary>The part of a matrix that changes the space itself or lies in it: <c>G − (I − P) G (I − P)</c>; at the start its best part of the rank.</summary>
    private Tensor Tangent(Tensor gradient, Tensor? space)
    {
        if (space is null)
        {
            var leading = LeadingFactor.Of(-gradient, Rank);
            return leading.mm(leading.t()).neg_();
        }

        var inside = space.mm(space.t().mm(gradient));                                       // P G
        return inside + inside.t() - space.mm(space.t().mm(inside.t()));
    }

    private static double Dot(Tensor a, Tensor b) => (a * b).sum().item<double>();
}
