namespace Nestor.MixNMatch;

/// <summary>Plans that no other plan beats in both cost and loss.</summary>
public static class Frontier
{
    /// <summary>The points that no cheaper or equally dear one beats: costs rise and losses fall strictly.</summary>
    /// <param name="points">Plans with their costs and losses, in any order; of equal points the first stays.</param>
    public static IReadOnlyList<FrontierPoint> Of(IEnumerable<FrontierPoint> points)
    {
        var best = new List<FrontierPoint>();
        foreach (var point in points.OrderBy(point => point.Cost).ThenBy(point => point.Loss))
        {
            if (best.Count == 0 || point.Loss < best[^1].Loss)
                best.Add(point);
        }

        return best;
    }

    /// <summary>At most so many points, spread evenly over the costs, the first and the last among them.</summary>
    /// <param name="points">A frontier.</param>
    /// <param name="count">How many are wanted, at least 2.</param>
    public static IReadOnlyList<FrontierPoint> Spread(IReadOnlyList<FrontierPoint> points, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        if (points.Count <= count)
            return points;
        var step = (points[^1].Cost - points[0].Cost) / (count - 1);
        return [.. Enumerable.Range(0, count).Select(i => points.MinBy(point => Math.Abs(point.Cost - points[0].Cost - i * step))!).Distinct()];
    }
}
