namespace Nestor.Cli.Sensing;

/// <summary>The factor by which a step shortens the distance to a limit.</summary>
internal static class LinearRate
{
    /// <summary>The rate between the first steps at which the distance is below two shares of its start; NaN if it does not come so near.</summary>
    public static double Of(IReadOnlyList<double> distances, double from, double to)
    {
        var (first, last) = (First(from), First(to));
        return first < 0 || last <= first ? double.NaN : Math.Pow(distances[last] / distances[first], 1.0 / (last - first));

        int First(double share)
        {
            for (var i = 0; i < distances.Count; i++)
            {
                if (distances[i] < share * distances[0])
                    return i;
            }

            return -1;
        }
    }
}
