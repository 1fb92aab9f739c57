namespace Nestor.Training.Sensing;

/// <summary>The ways <see cref="GroupLassoSensing"/> descends. All end with the same columns; they differ in steps.</summary>
public enum SensingMethod
{
    /// <summary>From the data, with momentum and rotations: some tens of steps.</summary>
    Accelerated,

    /// <summary>From a random start with rotations: some hundreds of steps.</summary>
    Rotated,

    /// <summary>The paper's: perturbed gradient descent from a random start on the smoothed penalty; thousands of steps.</summary>
    Plain,

    /// <summary>As <see cref="Plain"/>, with the proximal form of the penalty: dead columns are exact zeros.</summary>
    Proximal,
}
