namespace Nestor.Inference;

/// <summary>Weights of at most 1 in classes of an eighth of an octave, from the largest down: adding weights up in their order without sorting them.</summary>
internal static class WeightClasses
{
    // 64 octaves; the last class has all that is smaller too.
    private const int Classes = 512;

    // Of the fraction's 52 bits, 3 tell the eighth of an octave.
    private const int BitsWithin = 49;

    private static readonly long One = BitConverter.DoubleToInt64Bits(1);

    /// <summary>The lower end of the class in which the sum of the weights, largest first, reaches a number.</summary>
    /// <param name="weights">From 0 to 1, not all of them 0.</param>
    /// <param name="enough">The number.</param>
    /// <returns>0 where all of them do not reach it, or the last class has to.</returns>
    public static double Floor(ReadOnlySpan<double> weights, double enough)
    {
        Span<double> sums = stackalloc double[Classes];
        sums.Clear();
        foreach (var weight in weights)
            sums[Math.Min((int)((One - BitConverter.DoubleToInt64Bits(weight)) >> BitsWithin), Classes - 1)] += weight;

        var sum = 0.0;
        for (var i = 0; i < Classes - 1; i++)
        {
            sum += sums[i];
            if (sum >= enough)
                return BitConverter.Int64BitsToDouble(One - ((i + 1L) << BitsWithin) + 1);
        }

        return 0;
    }
}
