namespace Nestor.Inference;

/// <summary>A token that may come next.</summary>
/// <param name="Token">Its id.</param>
/// <param name="Score">Its score, which alone orders candidates: different scores may round to the same weight.</param>
/// <param name="Weight">Proportional to its probability.</param>
internal readonly record struct Candidate(int Token, float Score, double Weight)
{
    /// <summary>Least probable first; of equal scores, the later token.</summary>
    public static readonly IComparer<Candidate> LeastFirst = Comparer<Candidate>.Create(
        (a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Token.CompareTo(a.Token));

    /// <summary>Most probable first; of equal scores, the earlier token.</summary>
    public static readonly Comparison<Candidate> MostFirst = (a, b) => LeastFirst.Compare(b, a);

    /// <summary>The sum of the weights.</summary>
    public static double Total(ReadOnlySpan<Candidate> candidates)
    {
        double total = 0;
        foreach (var candidate in candidates)
            total += candidate.Weight;
        return total;
    }

    /// <summary>Draws a token with a probability proportional to its weight.</summary>
    /// <param name="candidates">At least one, of which one weighs more than nothing.</param>
    /// <param name="total">The sum of their weights.</param>
    /// <param name="random">Advanced by one number.</param>
    public static int Draw(ReadOnlySpan<Candidate> candidates, double total, Xoshiro256 random)
    {
        var rest = random.NextUnit() * total;
        foreach (var candidate in candidates)
        {
            rest -= candidate.Weight;
            if (rest < 0)
                return candidate.Token;
        }

        // Rounding used the draw up: the last token that is possible at all.
        var last = candidates.Length - 1;
        while (candidates[last].Weight == 0)
            last--;
        return candidates[last].Token;
    }
}
