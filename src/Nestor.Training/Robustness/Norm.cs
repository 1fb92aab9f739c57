namespace Nestor.Training.Robustness;

/// <summary>How the size of a perturbation is measured.</summary>
public enum Norm
{
    /// <summary>The largest change of any value.</summary>
    Infinity,

    /// <summary>The Euclidean length of all changes.</summary>
    Two,
}
