namespace Nestor.Training.Sensing;

/// <summary>How the entries of measurements are stored. Sums are float64 with either.</summary>
public enum MeasurementPrecision
{
    /// <summary>float32, half the memory and half the time of a pass: entries are rounded once, and everything else is exact about the rounded ones.</summary>
    Single,

    /// <summary>float64.</summary>
    Double,
}
