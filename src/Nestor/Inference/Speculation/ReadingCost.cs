namespace Nestor.Inference.Speculation;

/// <summary>What it costs a plan to read tokens in one call and choose what follows them: given, or learned from measurements.</summary>
/// <remarks>
/// The unit is free, but the same for all plans. A measured cost is the lower quartile of the last few measurements of that length, as
/// disturbances only add time. Between measured lengths it is interpolated; beyond the longest it goes on growing as from the shortest to
/// the longest. Threads may share it.
/// </remarks>
internal sealed class ReadingCost
{
    private const int Remembered = 9, Rare = 3;

    private readonly Lock gate = new();
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

    /// <summary>The longest length that was measured; without measurements all lengths are known.</summary>
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
        lock (gate)
            Learn(tokens, cost);
    }

    /// <summary>Forgets lengths that were measured too rarely to be sure that nothing disturbed them: a cost that deters from a length is not measured again.</summary>
    public void ForgetRare()
    {
        lock (gate)
        {
            for (var i = 0; i < learned.Length; i++)
            {
                if (count[i] < Rare)
                    (count[i], learned[i]) = (0, double.NaN);
            }
        }
    }

    private void Learn(int tokens, double cost)
    {
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
        lock (gate)
            return Learned(tokens);
    }

    private double Learned(int tokens)
    {
        var (below, above) = (Measured(from: tokens, step: -1), Measured(from: tokens, step: 1));
        if (below == 0)
            return above == 0 ? 0 : learned[above - 1];
        if (above == 0)
            (below, above) = (Measured(from: 1, step: 1), below);
        if (above == below)
            return learned[below - 1];
        return learned[below - 1] + (double)(tokens - below) / (above - below) * (learned[above - 1] - learned[below - 1]);
    }

    // The first measured length from one on, up or down; 0 if there is none.
    private int Measured(int from, int step)
    {
        var tokens = Math.Min(from, learned.Length + 1);
        while (tokens >= 1 && tokens <= learned.Length + 1)
        {
            if (tokens <= learned.Length && !double.IsNaN(learned[tokens - 1]))
                return tokens;
            tokens += step;
        }

        return 0;
    }
}
