using Nestor.Models.Vision;

namespace Nestor.Cli.Voting;

/// <summary>What came of nested committees and those beside them.</summary>
/// <param name="Setting">What was compared.</param>
/// <param name="Config">The nested model.</param>
/// <param name="TrainingImages">Images to train on.</param>
/// <param name="TestImages">Images attacked.</param>
/// <param name="Committees">Each committee of each seed.</param>
internal sealed record NestedResults(NestedSetting Setting, VisionConfig Config, int TrainingImages, int TestImages, IReadOnlyList<NestedResult> Committees)
{
    /// <summary>By how much the vote of one kind holds more often than that of another, over the images of all seeds that have both.</summary>
    /// <returns>The mean difference and its standard error, from differences at the same images of the same seed; null where no seed has both.</returns>
    public (double Difference, double StandardError)? Difference(CommitteeKind one, CommitteeKind other)
    {
        double[] differences = [.. Committees.Where(result => result.Kind == one)
            .Join(Committees.Where(result => result.Kind == other), result => result.Seed, result => result.Seed, (first, second) => (first, second))
            .SelectMany(pair => pair.first.Measure.Holds.Zip(pair.second.Measure.Holds, (first, second) => (first ? 1.0 : 0) - (second ? 1 : 0)))];
        if (differences.Length < 2)
            return null;
        var mean = differences.Average();
        return (mean, Math.Sqrt(differences.Sum(value => (value - mean) * (value - mean)) / (differences.Length - 1) / differences.Length));
    }
}

/// <summary>A committee of a seed.</summary>
internal sealed record NestedResult(CommitteeKind Kind, int Seed, CommitteeMeasure Measure);
