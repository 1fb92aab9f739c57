using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>How far ahead of what it reads one row asks for weights, in bytes; 0 leaves that to the processor. Several rows find theirs in a cache.</summary>
/// <param name="Near">Into all caches.</param>
/// <param name="Far">Into all but the first-level one.</param>
internal readonly record struct FetchAhead(int Near, int Far)
{
    private const int FloatsNear = 1024, Q8Near = 2048, Q4Near = 3072;

    /// <summary>What reads weights of a type fastest (<c>Nestor.Bench kernels</c>, on Zen 4, Zen 5 and Emerald Rapids).</summary>
    public static FetchAhead Of(WeightType type)
    {
        if (Prefetch.IsForeseen(type))
            return default;
        var near = type switch
        {
            WeightType.Q8 => Q8Near,
            WeightType.Q4 => Q4Near,
            _ => FloatsNear,
        };
        return new(near, Prefetch.AsksFar ? Prefetch.FarBytes : 0);
    }
}
