using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Solves matrix sensing without knowing the rank: group lasso on a factor's columns, certificate, greedy pruning, fine-tuning.</summary>
/// <remarks>
/// Rajaraman et al. 2023 (arXiv 2303.11453). <see cref="SensingMethod.Plain"/> is their method; the default descends on the same objective and reaches the same columns in
/// fewer passes over the measurements, and finds λ and β itself.
/// </remarks>
public static class GroupLassoSensing
{
    private const double RandomStartShare = 0.1, PlainStepShare = 0.5;
    private const int RotateEvery = 25;

    /// <summary>Solves.</summary>
    /// <param name="problem">Measurements and observations.</param>
    /// <param name="options">How.</param>
    /// <param name="progress">Called after every step.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="NestorException">An option is impossible, there are too few measurements for any rank, or a step size is too large.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SensingSolution Solve(SensingProblem problem, SensingOptions options, Action<SensingProgress>? progress = null, CancellationToken cancellation = default)
    {
        TorchRuntime.EnsureLoaded();
        options.Validate(problem);
        using var scope = NewDisposeScope();
        var loss = new EmpiricalLoss(problem, options.Threads);
        var slope = NoiseSlope.Measure(problem.Measurements, options.Seed);
        var (descent, searched) = Descend(problem, loss, options, slope, progress, cancellation);
        var descentPasses = loss.Passes;
        var pruned = GreedyPruning.Prune(descent);
        var start = options is { Method: SensingMethod.Accelerated, Lambda: null, Beta: null } && searched!.Factor.shape[1] == pruned.Factor.shape[1] ? searched.Factor : pruned.Factor;
        var (tuned, undetermined) = pruned.IsPruned ? FineTune(problem, loss, start, options, progress, cancellation) : (null, null);
        var fineTuningPasses = loss.Passes - descentPasses;

        // What was not pruned says nothing of the shortest column; the search does.
        var noise = tuned is null
            ? searched ?? new PenaltySearch(problem, loss, options, slope).Run(null, cancellation).Noise
            : NoiseEstimate.At(problem, loss, tuned.Factor, options.Noise);
        var window = noise.Shortest > 0 && descent.Penalty is SmoothedGroupLasso smoothed ? LambdaWindow.Of(slope * noise.Deviation, smoothed.Beta, noise.Shortest) : null;
        var isMissing = tuned is not null && noise.Steepest > LambdaWindow.NoiseMargin * slope * noise.Deviation;
        descent.Factor.MoveToOuterDisposeScope();
        pruned.Factor.MoveToOuterDisposeScope();
        tuned?.Factor.MoveToOuterDisposeScope();
        return new SensingSolution
        {
            Descent = descent,
            Pruned = pruned,
            Tuned = tuned,
            Noise = noise.Deviation,
            Window = window,
            Warnings = [.. Warnings(descent, window, undetermined, isMissing ? noise : null)],
            DescentPasses = descentPasses,
            FineTuningPasses = fineTuningPasses,
        };
    }

    private static (DescentResult Descent, NoiseEstimate? Searched) Descend(SensingProblem problem, EmpiricalLoss loss, SensingOptions options, double slope, Action<SensingProgress>? progress, CancellationToken cancellation)
    {
        var search = new PenaltySearch(problem, loss, options, slope);
        var (penalty, searched) = (GivenPenalty(options), (NoiseEstimate?)null);
        if (penalty is null)
        {
            (var found, searched) = search.Run(progress, cancellation);
            if (options is { Method: SensingMethod.Accelerated, Lambda: null, Beta: null })
                return (found, searched);
            if (searched.Shortest == 0 || double.IsNaN(searched.Deviation))
                throw new NestorException($"No column stands out of the noise, whose deviation looks like {searched.Deviation:G3}: take more measurements, or give lambda and beta.");
            penalty = Completed(options, slope * searched.Deviation, searched.Shortest);
        }

        var start = SpectralStart.Of(loss, options.Columns ?? problem.Dimension);
        var stepSize = options.StepSize ?? SpectralStart.StepSize(loss, start);
        void Report(DescentProgress step) => progress?.Invoke(new SensingProgress(SensingStage.Descent, step.Iteration, step.Loss, step.Live, step.GradientNorm));
        if (options.Method == SensingMethod.Accelerated)
            return (search.Descend(start, penalty, stepSize, options.Iterations, SensingStage.Descent, progress, cancellation), searched);
        var plain = new DescentOptions
        {
            StepSize = options.StepSize ?? PlainStepShare * stepSize,
            Iterations = options.Iterations,
            RotateEvery = options.Method == SensingMethod.Rotated ? RotateEvery : 0,
            Seed = options.Seed,
        };
        var random = RandomStart.Of(problem.Dimension, options.Columns ?? problem.Dimension, RandomStartShare * ColumnNorms.Of(start)[0], (ulong)options.Seed);
        return (PerturbedDescent.RunHalving(loss, penalty, plain, random, Report, cancellation), searched);
    }

    private static (FineTuned? Tuned, string? Undetermined) FineTune(SensingProblem problem, EmpiricalLoss loss, Tensor start, SensingOptions options, Action<SensingProgress>? progress, CancellationToken cancellation)
    {
        var rank = (int)start.shape[1];
        var freedom = SensingProblem.DegreesOfFreedom(problem.Dimension, rank);
        if (problem.Count < freedom)
            return (null, $"NST204: {problem.Count} measurements do not determine {rank} columns, which have {freedom} free numbers; nothing was fine-tuned");
        var tuned = options.FineTuning.Run(loss, start, step => progress?.Invoke(new SensingProgress(SensingStage.FineTuning, step.Iteration, step.Loss, rank, step.Change)), cancellation);
        return (tuned, null);
    }

    /// <summary>The penalty that the options give whole; null if some of it must be found.</summary>
    private static ColumnPenalty? GivenPenalty(SensingOptions options) => options switch
    {
        { Method: SensingMethod.Proximal, Lambda: { } lambda } => new ProximalGroupLasso(lambda),
        { Method: not SensingMethod.Proximal, Lambda: { } lambda, Beta: { } beta } => new SmoothedGroupLasso(lambda, beta),
        _ => null,
    };

    /// <summary>The penalty that the options give in part, completed by the rule.</summary>
    private static ColumnPenalty Completed(SensingOptions options, double noiseSlope, double shortest)
    {
        var beta = options.Beta ?? PenaltyRule.For(noiseSlope, shortest).Beta;
        var lambda = options.Lambda ?? PenaltyRule.Strength(LambdaWindow.Of(noiseSlope, beta, shortest));
        return options.Method == SensingMethod.Proximal ? new ProximalGroupLasso(lambda) : new SmoothedGroupLasso(lambda, beta);
    }

    private static IEnumerable<string> Warnings(DescentResult descent, LambdaWindow? window, string? undetermined, NoiseEstimate? missing)
    {
        if (descent.Certificate.Objection is { } objection)
            yield return $"NST203: not certified after {descent.Iterations} steps, so nothing was pruned: {objection}";
        if (undetermined is not null)
            yield return undetermined;
        if (descent.Penalty is SmoothedGroupLasso penalty && window?.Warning(penalty.Lambda) is { } outside)
            yield return outside;
        if (missing is not null)
            yield return FormattableString.Invariant($"NST205: besides the columns found, a direction is left that is steeper ({missing.Steepest:G3}) than noise of {missing.Deviation:G3} explains; a smaller lambda would find it");
    }
}
