namespace Nestor.Inference.Measurement;

/// <summary>Repeated measurements of one quantity.</summary>
internal sealed class Samples
{
    private readonly List<double> values = [];

    /// <summary>Number of measurements.</summary>
    public int Count => values.Count;

    /// <summary>The middle one; of an even number the mean of the two; NaN if there is none.</summary>
    public double Median
    {
        get
        {
            var sorted = values.Order().ToArray();
            return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    /// <summary>The smallest.</summary>
    public double Least => values.Min();

    /// <summary>The largest.</summary>
    public double Most => values.Max();

    /// <summary>Forgets all.</summary>
    public void Clear() => values.Clear();

    /// <summary>Takes one more.</summary>
    public void Add(double value) => values.Add(value);
}
