namespace Nestor.Training.Pruning;

/// <summary>Cuts at the largest gap of the sorted norms, if it is large enough; otherwise there is nothing that tells units apart, and all are kept.</summary>
/// <param name="LeastGap">How many times larger the smallest kept norm must be than the largest removed one.</param>
public sealed record GapThreshold(double LeastGap = 10) : WidthThreshold
{
    // Norms below this share of the largest are all the same nothing: their ratios, huge or not, mean nothing.
    private const double Nothing = 1e-3;

    private protected override int Count(double[] sorted)
    {
        var (kept, gap) = Largest(sorted);
        return gap >= LeastGap ? kept : sorted.Length;
    }

    private protected override bool IsCertain(double[] sorted, int kept) => Largest(sorted).Gap >= LeastGap;

    private static (int Kept, double Gap) Largest(double[] sorted)
    {
        if (sorted.Length == 0 || sorted[0] == 0)
            return (0, 1);
        var floor = sorted[0] * Nothing;
        var (kept, gap) = (sorted.Length, 1.0);
        for (var i = 1; i < sorted.Length; i++)
        {
            var ratio = Math.Max(sorted[i - 1], floor) / Math.Max(sorted[i], floor);
            if (ratio > gap)
                (kept, gap) = (i, ratio);
        }

        return (kept, gap);
    }
}
