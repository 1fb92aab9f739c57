using Nestor.Training.Data;

namespace Nestor.Training.Nested;

/// <summary>The random numbers of one training step: a function of seed and step, so that resume and several ranks agree.</summary>
internal struct StepRandom(ulong seed, long step)
{
    // Windows are drawn at (seed, step, row); the complement keeps an objective's numbers apart from them.
    private readonly ulong seed = ~seed;
    private long drawn;

    /// <summary>The step, first 0.</summary>
    public readonly long Step => step;

    /// <summary>The next number, from 0 to 1, exclusive.</summary>
    public double NextDouble() => (CounterHash.At(seed, step, drawn++) >> 11) * (1.0 / (1UL << 53));
}
