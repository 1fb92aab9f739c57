namespace Nestor.Training.Data.Images;

/// <summary>The random numbers of one image of one step: a function of (seed, step, row), whoever asks and in whatever order the images are made.</summary>
internal struct ImageRandom(ulong seed, long step, long row)
{
    private const ulong Apart = 0xD1B54A32D192ED03; // Keeps these numbers away from those that order the images and choose the widths.

    private readonly ulong key = CounterHash.At(seed ^ Apart, step, row);
    private long drawn;

    /// <summary>The next number, from 0 to 1, exclusive.</summary>
    public double NextDouble() => (CounterHash.At(key, drawn++, 0) >> 11) * (1.0 / (1UL << 53));

    /// <summary>The next whole number from 0 to <paramref name="bound"/>, exclusive.</summary>
    public int Below(int bound) => (int)CounterHash.Below(bound, key, drawn++, 0);

    /// <summary>A number from the symmetric beta distribution, for <paramref name="alpha"/> up to 1.</summary>
    /// <remarks>Jöhnk's method (1964): u^(1/a) and v^(1/a), taken again until their sum is at most 1.</remarks>
    public double NextBeta(double alpha)
    {
        while (true)
        {
            var (x, y) = (Math.Pow(NextDouble(), 1 / alpha), Math.Pow(NextDouble(), 1 / alpha));
            if (x + y is > 0 and <= 1)
                return x / (x + y);
        }
    }
}
