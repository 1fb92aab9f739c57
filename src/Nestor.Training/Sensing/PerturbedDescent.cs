using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Gradient descent on <c>L(UUᵀ) + penalty(U)</c> that takes a small random step where the gradient is small, and so leaves saddles.</summary>
/// <remarks>
/// Rajaraman et al. 2023 (arXiv 2303.11453) with the perturbations of Jin et al. 2017 (arXiv 1703.00887). Two columns that share a direction at equal length are a saddle of the penalised loss, which
/// plain descent may never leave. A rotation of the columns every few steps, our own addition, reaches the same end in a third of the steps or fewer.
/// </remarks>
public sealed class PerturbedDescent
{
    private const double Rest = 1e-10;
    private const int MostHalvings = 8;

    private readonly IMatrixLoss loss;
    private readonly ColumnPenalty penalty;
    private readonly DescentOptions options;

    /// <summary>Prepares a descent.</summary>
    /// <exception cref="NestorException">The penalty or an option is impossible.</exception>
    public PerturbedDescent(IMatrixLoss loss, ColumnPenalty penalty, DescentOptions options)
    {
        var problems = penalty.Problems().Concat(options.Problems()).ToList();
        if (problems.Count > 0)
            throw new NestorException("The descent cannot start: " + string.Join("; ", problems) + ".");
        (this.loss, this.penalty, this.options) = (loss, penalty, options);
    }

    /// <summary>Descends.</summary>
    /// <param name="start">(d, k), columns above d are of no use; it stays as it is.</param>
    /// <param name="progress">Called after every step.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="NestorException">The loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public DescentResult Run(Tensor start, Action<DescentProgress>? progress = null, CancellationToken cancellation = default) =>
        TryRun(start, progress, cancellation)
        ?? throw new NestorException($"The descent left all bounds; the step size of {options.StepSize} is too large for this problem, choose a smaller one.");

    /// <summary>Descends, with half of the step size as often as the loss is no longer a number.</summary>
    internal static DescentResult RunHalving(IMatrixLoss loss, ColumnPenalty penalty, DescentOptions options, Tensor start, Action<DescentProgress>? progress, CancellationToken cancellation)
    {
        for (var left = MostHalvings; left > 0; left--)
        {
            if (new PerturbedDescent(loss, penalty, options).TryRun(start, progress, cancellation) is { } result)
                return result;
            options = options with { StepSize = options.StepSize / 2 };
        }

        return new PerturbedDescent(loss, penalty, options).Run(start, progress, cancellation);
    }

    private DescentResult? TryRun(Tensor start, Action<DescentProgress>? progress, CancellationToken cancellation)
    {
        if (start.dim() != 2 || start.shape[0] != loss.Dimension || start.shape[1] == 0)
            throw new ArgumentException($"The start has the shape ({string.Join(", ", start.shape)}); ({loss.Dimension}, columns) is wanted.", nameof(start));
        using var outer = NewDisposeScope();
        var factor = start.clone().contiguous();
        using var momentum = options.Momentum ? new Momentum(factor) : null;
        var lossGradient = empty(loss.Dimension, loss.Dimension, ScalarType.Float64);
        Tensor? productBefore = null;
        var wereApart = false;
        var (live, liveSince, perturbations, lastPerturbation) = (Live(factor), 0, 0, -options.PerturbationPause);
        for (var iteration = 0; ; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var product = factor.mm(factor.t());                                            // (d, d)
            var value = loss.Evaluate(product, lossGradient);
            if (!double.IsFinite(value))
                return null;

            if (iteration == options.Iterations || (iteration >= options.FirstCheck && iteration % options.CheckEvery == 0))
            {
                var certificate = OrthogonalityCertificate.Of(factor, lossGradient, penalty, product, wereApart ? productBefore : null);
                if (iteration == options.Iterations || (options.StopWhenCertified && (certificate.Holds || IsAtRest(product, productBefore))))
                    return new DescentResult(factor.MoveToOuterDisposeScope(), penalty, certificate, iteration, liveSince, perturbations);
                productBefore?.Dispose();
                productBefore = product.MoveToOuterDisposeScope();
                wereApart = certificate.ColumnsAreApart;
                Drop(ref factor, momentum);
            }

            var norm = Descend(factor, lossGradient, momentum);
            if (options.RotateEvery > 0 && (iteration + 1) % options.RotateEvery == 0)
                Rotate(ref factor, momentum);
            if (norm < options.SmallGradient && options.PerturbationRadius > 0 && iteration - lastPerturbation >= options.PerturbationPause)
            {
                Perturb(factor, iteration);
                (lastPerturbation, perturbations) = (iteration, perturbations + 1);
            }

            var count = Live(factor);
            if (count != live)
                (live, liveSince) = (count, iteration + 1);
            progress?.Invoke(new DescentProgress(iteration + 1, value, norm, live, (int)factor.shape[1]));
        }
    }

    /// <summary>One step.</summary>
    /// <returns>Its length over its size, without momentum.</returns>
    private double Descend(Tensor factor, Tensor lossGradient, Momentum? momentum)
    {
        var gradient = lossGradient.mm(factor).mul_(2);                                     // (d, k)
        penalty.AddGradient(factor, gradient);
        var downhill = factor.neg();
        factor.sub_(gradient.mul_(options.StepSize));
        penalty.AfterStep(factor, options.StepSize);
        downhill.add_(factor);
        momentum?.Carry(factor, downhill);
        return downhill.norm().item<double>() / options.StepSize;
    }

    private static void Rotate(ref Tensor factor, Momentum? momentum)
    {
        var turn = ColumnRotation.TurnOf(factor);
        momentum?.Turn(turn);
        Replace(ref factor, factor.mm(turn));
    }

    private void Perturb(Tensor factor, int iteration)
    {
        var direction = empty_like(factor);
        var values = TensorMemory.Doubles(direction);
        GaussianNumbers.Fill(values, (ulong)options.Seed, GaussianStream.Perturbation, iteration);
        factor.add_(direction.mul_(options.PerturbationRadius / direction.norm().item<double>()));
    }

    private void Drop(ref Tensor factor, Momentum? momentum)
    {
        var norms = ColumnNorms.Of(factor);
        var kept = Enumerable.Range(0, norms.Length).Where(j => norms[j] > options.DropBelow).ToList();
        if (kept.Count == 0 || kept.Count == norms.Length)
            return;
        momentum?.Select(kept);
        Replace(ref factor, ColumnNorms.Select(factor, kept));
    }

    /// <summary>Whether nothing more will happen, certificate or not.</summary>
    private static bool IsAtRest(Tensor product, Tensor? before) => before is not null && (product - before).norm().item<double>() <= Rest * product.norm().item<double>();

    private int Live(Tensor factor) => ColumnNorms.Of(factor).Count(norm => norm > penalty.Threshold);

    /// <summary>Puts a tensor of the step's scope in the place of one of the descent's.</summary>
    private static void Replace(ref Tensor old, Tensor other)
    {
        old.Dispose();
        old = other.MoveToOuterDisposeScope();
    }
}
