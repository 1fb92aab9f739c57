namespace Nestor.Models;

/// <summary>Rotary positions stretched beyond the context a model was first trained with, as Llama 3.1 and later do (<c>rope_type: llama3</c>).</summary>
/// <remarks>
/// A frequency that turns fewer than <paramref name="LowFrequencyFactor"/> times in the original context is divided by
/// <paramref name="Factor"/>, one that turns more than <paramref name="HighFrequencyFactor"/> times stays, and between them the share that
/// stays grows evenly with the turns (Grattafiori et al. 2024, "The Llama 3 Herd of Models"; the rule is that of HuggingFace's library).
/// </remarks>
/// <param name="Factor">By how much the slowest frequencies slow down.</param>
/// <param name="LowFrequencyFactor">Turns in the original context up to which a frequency is slowed down wholly.</param>
/// <param name="HighFrequencyFactor">Turns in the original context from which a frequency stays as it is.</param>
/// <param name="OriginalContext">The context of the first training, in tokens.</param>
public sealed record RopeScaling(float Factor, float LowFrequencyFactor, float HighFrequencyFactor, int OriginalContext)
{
    /// <summary>The frequency that takes the place of another.</summary>
    /// <param name="frequency">Radians for each position.</param>
    internal double Stretch(double frequency)
    {
        var turns = OriginalContext * frequency / (2 * Math.PI);
        var kept = Math.Clamp((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
        return frequency * (kept + (1 - kept) / Factor);
    }

    /// <summary>What is wrong with the numbers.</summary>
    internal IEnumerable<string> Problems()
    {
        if (!(Factor > 0) || !float.IsFinite(Factor))
            yield return $"the factor of the rotary scaling is {Factor} and must be positive";
        if (!(LowFrequencyFactor > 0 && LowFrequencyFactor < HighFrequencyFactor) || !float.IsFinite(HighFrequencyFactor))
            yield return $"the frequency factors of the rotary scaling are {LowFrequencyFactor} and {HighFrequencyFactor}; the low one must be positive and below the high one";
        if (OriginalContext <= 0)
            yield return $"the original context of the rotary scaling is {OriginalContext} and must be positive";
    }
}
