using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>What both ways of thresholding check before and tell after.</summary>
internal static class ThresholdingOptions
{
    public static void Check(SpectralThreshold threshold, int iterations, double tolerance)
    {
        var problems = threshold.Problems().ToList();
        if (iterations < 1)
            problems.Add($"{iterations} iterations were asked for and at least 1 is wanted");
        if (!(tolerance >= 0))
            problems.Add($"the tolerance is {tolerance} and must be 0 or more");
        if (problems.Count > 0)
            throw new NestorException("The thresholding cannot start: " + string.Join("; ", problems) + ".");
    }

    public static SensingEstimate Estimate(Tensor matrix, double floor, int iterations, int passes, bool isAtRest)
    {
        using var values = linalg.eigvalsh(matrix);
        var rank = 0;
        foreach (var value in TensorMemory.Doubles(values))
            rank += value > floor ? 1 : 0;
        return rank == 0
            ? throw new NestorException("Nothing of the matrix is left above the threshold; choose a smaller lambda.")
            : new SensingEstimate(matrix.MoveToOuterDisposeScope(), rank, iterations, passes, isAtRest);
    }
}
