namespace Nestor.Cli.Voting;

/// <summary>Spearman's correlation of ranks; equal values share the mean of their ranks.</summary>
internal static class RankCorrelation
{
    /// <summary>From -1 to 1; not a number where all values of a side are equal.</summary>
    public static double Of(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        var (one, other) = (Ranks(first), Ranks(second));
        var (meanOne, meanOther) = (one.Average(), other.Average());
        var product = one.Zip(other, (a, b) => (a - meanOne) * (b - meanOther)).Sum();
        return product / Math.Sqrt(one.Sum(a => (a - meanOne) * (a - meanOne)) * other.Sum(b => (b - meanOther) * (b - meanOther)));
    }

    private static double[] Ranks(IReadOnlyList<double> values) =>
        [.. values.Select(value => values.Count(other => other < value) + (values.Count(other => other == value) + 1) / 2.0)];
}
