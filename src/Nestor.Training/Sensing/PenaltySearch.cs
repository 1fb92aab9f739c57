using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>Finds the penalty that the data ask for, and with it the columns: from strong to weak until what is left looks like noise.</summary>
/// <remarks>
/// Derived. A penalty that holds columns with half of the steepest direction finds all directions about as steep; a quick fine-tuning gives the noise that is left and
/// the steepest direction besides the columns found. If noise alone would be as steep, the search is over; otherwise it goes on from the
/// columns found and the directions that are missing, with a penalty for those.
/// </remarks>
internal sealed class PenaltySearch(SensingProblem problem, EmpiricalLoss loss, SensingOptions options, double slope)
{
    private const int MostStages = 12, MostAttempts = 3, StepsOfStage = 100, StepsOfAttempt = 1000, LookEvery = 10, RotateEvery = 5;
    private const double HoldShare = 0.5, StartShare = 0.5, SmallerStep = 0.5;

    private int Columns => options.Columns ?? problem.Dimension;

    /// <summary>Searches; the descent found is the one with the final penalty.</summary>
    public (DescentResult Descent, NoiseEstimate Noise) Run(Action<SensingProgress>? progress, CancellationToken cancellation)
    {
        using var outer = NewDisposeScope();
        var start = SpectralStart.Of(loss, Columns);
        var stepSize = options.StepSize ?? SpectralStart.StepSize(loss, start);
        var largest = ColumnNorms.Of(start)[0];
        var noiseSlope = slope * (options.Noise ?? 0);
        var hold = Math.Max(HoldShare * largest * largest, Floor(noiseSlope));
        for (var stage = 1; ; stage++)
        {
            var penalty = Penalty(hold, noiseSlope);
            var descent = Descend(start, penalty, stepSize, Math.Min(StepsOfStage, options.Iterations), SensingStage.Search, progress, cancellation);
            var noise = NoiseEstimate.Of(problem, loss, descent, options.Noise, cancellation);
            if (double.IsNaN(noise.Deviation) && stage < MostStages)
            {
                hold *= 2; // More columns than the measurements determine: noise grew.
                start = noise.Factor;
                continue;
            }

            noiseSlope = slope * noise.Deviation;
            var floor = Floor(noiseSlope);
            if ((floor > hold || noise.Steepest > floor) && stage < MostStages)
            {
                hold = floor > hold ? floor : Math.Max(Math.Min(HoldShare * noise.Steepest, hold), floor);
                start = noise.WithMissing(StartShare, hold, Columns);
                continue;
            }

            // The stage's own penalty will do if it is right for what was found; otherwise the rule knows a better one by now.
            for (var attempt = 0; attempt < MostAttempts && noise.Shortest > 0 && double.IsFinite(noise.Deviation) && !Fits(descent, noise); attempt++)
            {
                descent = Descend(noise.Factor, PenaltyRule.For(slope * noise.Deviation, noise.Shortest), stepSize, Math.Min(StepsOfAttempt, options.Iterations), SensingStage.Descent, progress, cancellation);
                noise = NoiseEstimate.Of(problem, loss, descent, options.Noise, cancellation);
                stepSize *= descent.Certificate.Holds ? 1 : SmallerStep;
            }

            descent.Factor.MoveToOuterDisposeScope();
            noise.Factor.MoveToOuterDisposeScope();
            return (descent, noise);
        }
    }

    /// <summary>The descent of the accelerated method.</summary>
    public DescentResult Descend(Tensor start, ColumnPenalty penalty, double stepSize, int iterations, SensingStage stage, Action<SensingProgress>? progress, CancellationToken cancellation) =>
        PerturbedDescent.RunHalving(loss, penalty, new DescentOptions
        {
            StepSize = stepSize,
            Iterations = iterations,
            RotateEvery = RotateEvery,
            CheckEvery = LookEvery,
            FirstCheck = LookEvery,
            Momentum = true,
            PerturbationRadius = 0, // Rotations leave saddles.
        }, start, step => progress?.Invoke(new SensingProgress(stage, step.Iteration, step.Loss, step.Live, step.GradientNorm)), cancellation);

    private bool Fits(DescentResult descent, NoiseEstimate noise) => descent.Certificate.Holds
        && descent.Penalty is SmoothedGroupLasso penalty
        && LambdaWindow.Of(slope * noise.Deviation, penalty.Beta, noise.Shortest).Warning(penalty.Lambda) is null;

    /// <summary>The least hold at which noise does not grow.</summary>
    private static double Floor(double noiseSlope) => LambdaWindow.NoiseMargin * noiseSlope;

    /// <summary>The penalty that holds columns at the origin with a strength, for columns twice as steep; with more smoothing where columns of noise would otherwise bear it.</summary>
    private static SmoothedGroupLasso Penalty(double hold, double noiseSlope)
    {
        var shortest = Math.Sqrt(hold / HoldShare);
        var penalty = At(PenaltyRule.Smoothing(shortest));
        return penalty.Lambda >= LambdaWindow.Bearable(Math.Sqrt(noiseSlope)) ? penalty : At(PenaltyRule.LargeSmoothing(shortest));

        SmoothedGroupLasso At(double beta) => new(2 * Math.Sqrt(beta) * hold, beta);
    }
}
