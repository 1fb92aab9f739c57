namespace Nestor.Inference.Speculation;

/// <summary>What it costs a plan to read tokens in one call and choose what follows them: given, or learned from measurements.</summary>
/// <remarks>
/// The unit is free, but the same for all plans. A measured cost is the lower quartile of the last few measurements of that length, as
/// disturbances only add time. Between measured lengths it is interpolated; beyond the longest it is thought to stay the same, so
/// that longer ones get tried, one token more at a time.
/// </remarks>
internal sealed class ReadingCost
{
    private const int Remembered = 9;

    private readonly double one, further;
    private readonly double[] recent = [];      // (length - 1, measurements): the newest replaces the oldest
    private readonly int[] count = [];          // (length - 1)
    private readonly double[] learned = [];     // (length - 1): not a number until measured

    private ReadingCost(double one, double further) => (this.one, this.further) = (one, further);

    private ReadingCost(int longest)
    {
        (IsMeasured, Longest) = (true, 0);
        recent = new double[longest * Remembered];
        count = new int[longest];
        learned = new double[longest];
        Array.Fill(learned, double.NaN);
    }

    /// <summary>Whether the costs come from measurements.</summary>
    public bool IsMeasured { get; }

    /// <summary>Most tokens whose cost should be relied on.</summary>
    public int Longest { get; private set; } = int.MaxValue;

    /// <summary>Costs that are known.</summary>
    /// <param name="one">One token.</param>
    /// <param name="further">Each further one, as a share of the first.</param>
    public static ReadingCost Given(double one, double further) => new(one, further);

    /// <summary>Costs to be measured, for up to <paramref name="longest"/> tokens.</summary>
    public static ReadingCost Measured(int longest) => new(longest);

    /// <summary>Takes note of a measurement; longer reads than were announced are passed over.</summary>
    public void Add(int tokens, double cost)
    {
        if (tokens > learned.Length)
            return;
        Longest = Math.Max(Longest, tokens);
        var slots = recent.AsSpan((tokens - 1) * Remembered, Remembered);
        slots[count[tokens - 1]++ % Remembered] = cost;
        Span<double> sorted = stackalloc double[Remembered];
        sorted = sorted[..Math.Min(count[tokens - 1], Remembered)];
        slots[..sorted.Length].CopyTo(sorted);
        sorted.Sort();
        learned[tokens - 1] = sorted[sorted.Length / 4];
    }

    /// <summary>The cost of reading so many tokens, at least 1; 0 as long as nothing was measured.</summary>
    public double Of(int tokens)
    {
        if (!IsMeasured)
            return one * (1 + further * (tokens - 1));

        int below = tokens - 1, above = tokens;
        while (below >= 0 && (below >= learned.Length || double.IsNaN(learned[below])))
            below--;
        while (above < learned.Length && double.IsNaN(learned[above]))
            above++;
        if (below < 0)
            return above < learned.Length ? learned[above] : 0;
        if (above >= learned.Length)
            return learned[below];
        var share = (double)(tokens - 1 - below) / (above - below);
        return learned[below] + share * (learned[above] - learned[below]);
    }
}
