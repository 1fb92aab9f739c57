namespace Nestor.Training.Data;

/// <summary>
/// Random numbers without a state: the number at (seed, step, row). A run that resumes, and every machine of a run, gets the same numbers
/// by asking for the same place.
/// </summary>
/// <remarks>Each of the three is added, times an odd constant, and mixed by the finaliser of SplitMix64 (Steele, Lea and Flood 2014, the variant "Mix13" of Stafford).</remarks>
internal static class CounterHash
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>A number that is uniform over all of 64 bits.</summary>
    public static ulong At(ulong seed, long step, long row) =>
        Mix(Mix(Mix(seed + Golden) + (ulong)step * Golden) + (ulong)row * Golden);

    /// <summary>A number that is uniform from 0 to <paramref name="bound"/>, exclusive, to within bound / 2^64.</summary>
    public static long Below(long bound, ulong seed, long step, long row) => (long)Math.BigMul(At(seed, step, row), (ulong)bound, out _);

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
