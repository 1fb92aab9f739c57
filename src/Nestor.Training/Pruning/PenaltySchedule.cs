namespace Nestor.Training.Pruning;

/// <summary>How a penalty's strength comes in: linearly over the first steps, then it holds.</summary>
/// <param name="Ramp">Share of the run's steps over which it rises, 0 to 1; 0 for full strength from the first step.</param>
public sealed record PenaltySchedule(double Ramp = 0.2)
{
    /// <summary>The share of the full strength in a step, first step 0: above 0 in the first, 1 in the last step of the rise and ever after; 0 before the first.</summary>
    public double At(long step, long totalSteps)
    {
        var rise = Math.Ceiling(Ramp * totalSteps);
        return step + 1 >= rise ? 1 : (step + 1) / rise;
    }

    internal IEnumerable<string> Problems()
    {
        if (Ramp is not (>= 0 and <= 1))
            yield return $"the penalty rises over a share of {Ramp} of the steps, which must be from 0 to 1";
    }
}
