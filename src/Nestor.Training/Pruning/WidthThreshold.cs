namespace Nestor.Training.Pruning;

/// <summary>How many units a training run with a group lasso has found: where the sorted norms are cut.</summary>
public abstract record WidthThreshold
{
    /// <summary>Finds the cut.</summary>
    /// <param name="norms">The joint norm of each unit, in any order.</param>
    public FoundWidth Find(IReadOnlyList<double> norms)
    {
        double[] sorted = [.. norms.OrderDescending()];
        var kept = Count(sorted);
        var (last, next) = (kept == 0 ? 0 : sorted[kept - 1], kept == sorted.Length ? 0 : sorted[kept]);
        return new FoundWidth(kept, sorted.Length, last, next, IsCertain(sorted, kept));
    }

    /// <summary>How many of the norms, largest first, to keep.</summary>
    private protected abstract int Count(double[] sorted);

    private protected virtual bool IsCertain(double[] sorted, int kept) => true;
}

/// <summary>What a <see cref="WidthThreshold"/> found.</summary>
/// <param name="Kept">Units to keep.</param>
/// <param name="Total">Units there are.</param>
/// <param name="LastKept">The smallest norm that is kept; 0 where none is.</param>
/// <param name="FirstRemoved">The largest norm that is removed; 0 where none is.</param>
/// <param name="IsCertain">Whether the cut is justified; where it is not, all units are kept.</param>
public sealed record FoundWidth(int Kept, int Total, double LastKept, double FirstRemoved, bool IsCertain)
{
    /// <summary>How many times larger the smallest kept norm is than the largest removed one; infinite where that is zero, 1 where nothing is removed.</summary>
    public double Gap => Kept == Total ? 1 : LastKept / FirstRemoved;
}
