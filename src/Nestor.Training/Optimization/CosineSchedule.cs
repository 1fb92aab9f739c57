namespace Nestor.Training.Optimization;

/// <summary>Learning rate that rises linearly, then falls along half a cosine.</summary>
/// <param name="Peak">Highest rate.</param>
/// <param name="WarmUpSteps">Steps of the linear rise.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="FinalShare">Rate of the last step, as a share of the peak.</param>
/// <remarks>Loshchilov and Hutter, arXiv 1608.03983, eq. 5, one period.</remarks>
public sealed record CosineSchedule(double Peak, long WarmUpSteps, long TotalSteps, double FinalShare = 0.1)
{
    /// <summary>The rate of a step, first step 0.</summary>
    public double At(long step)
    {
        if (step < WarmUpSteps)
            return Peak * (step + 1) / WarmUpSteps;
        var progress = Math.Clamp((double)(step - WarmUpSteps) / Math.Max(1, TotalSteps - 1 - WarmUpSteps), 0, 1);
        return Peak * (FinalShare + (1 - FinalShare) * 0.5 * (1 + Math.Cos(Math.PI * progress)));
    }

    internal IEnumerable<string> Problems()
    {
        if (!(Peak > 0) || !double.IsFinite(Peak))
            yield return $"the learning rate is {Peak} and must be positive";
        if (TotalSteps <= 0)
            yield return $"{TotalSteps} steps were asked for; at least 1 is wanted";
        if (WarmUpSteps < 0 || WarmUpSteps > TotalSteps)
            yield return $"the warm-up of {WarmUpSteps} steps must lie within the {TotalSteps} steps of the run";
        if (FinalShare is not (>= 0 and <= 1))
            yield return $"the final share of the learning rate is {FinalShare} and must be from 0 to 1";
    }
}
