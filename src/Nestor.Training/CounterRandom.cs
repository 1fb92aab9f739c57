namespace Nestor.Training;

/// <summary>Random numbers that are a function of a seed, a stream and a position: nothing to save, so resume and several ranks agree.</summary>
/// <remarks>SplitMix64 (Steele, Lea and Flood 2014) over a key mixed from seed, stream and position.</remarks>
internal struct CounterRandom
{
    private const ulong GoldenRatio = 0x9E3779B97F4A7C15;

    private ulong state;

    public CounterRandom(ulong seed, ulong stream, ulong position) =>
        state = Mix(Mix(Mix(seed + GoldenRatio) ^ stream) ^ position);

    /// <summary>64 random bits.</summary>
    public ulong Next() => Mix(state += GoldenRatio);

    /// <summary>A number from 0 to 1, exclusive.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number from 0 to <paramref name="bound"/>, exclusive, without bias beyond 2^-64.</summary>
    public long Next(long bound) => (long)Math.BigMul(Next(), (ulong)bound, out _);

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
