namespace Nestor.Training.Data.Images;

/// <summary>The order of the images in training: a new permutation in each pass over them, each place a function of the seed and the place.</summary>
/// <remarks>
/// Four rounds of a Feistel network over the smallest even number of bits that holds the count; places that fall outside walk on along their cycle
/// (Black and Rogaway 2002). So a run resumes anywhere without replaying what came before.
/// </remarks>
internal sealed class ImageOrder
{
    private const int Rounds = 4;

    private readonly int count, halfBits;
    private readonly ulong seed;

    public ImageOrder(int count, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (this.count, this.seed) = (count, seed);
        while (1L << (2 * halfBits) < count)
            halfBits++;
    }

    /// <summary>The image at a place; the first pass has the places 0 to count - 1.</summary>
    public int At(long place)
    {
        var (pass, position) = Math.DivRem(place, count);
        do
            position = Scramble(pass, position);
        while (position >= count);
        return (int)position;
    }

    private long Scramble(long pass, long position)
    {
        var mask = (1L << halfBits) - 1;
        var (left, right) = (position >> halfBits, position & mask);
        for (var round = 0; round < Rounds; round++)
            (left, right) = (right, left ^ ((long)CounterHash.At(seed, pass * Rounds + round, right) & mask));
        return (left << halfBits) | right;
    }
}
