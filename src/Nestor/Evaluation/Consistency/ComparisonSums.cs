namespace Nestor.Evaluation.Consistency;

/// <summary>What was compared over the prefixes of one text.</summary>
internal sealed class ComparisonSums(int temperatures)
{
    public long Positions { get; set; }

    public long Agreements { get; set; }

    public double Divergence { get; set; }

    public double[] Acceptances { get; } = new double[temperatures];

    /// <summary>The means over all prefixes of several texts; the error that of a mean of the texts' own means.</summary>
    public static MeasuredConsistency Mean(IReadOnlyList<ComparisonSums> texts, int temperatures)
    {
        var positions = texts.Sum(text => text.Positions);
        SampleMean Of(Func<ComparisonSums, double> sum) =>
            SampleMean.Of([.. texts.Select(text => sum(text) / text.Positions)]) with { Value = texts.Sum(sum) / positions };
        return new MeasuredConsistency(
            positions,
            Of(text => text.Agreements),
            Of(text => text.Divergence),
            [.. Enumerable.Range(0, temperatures).Select(i => Of(text => text.Acceptances[i]))]);
    }
}
