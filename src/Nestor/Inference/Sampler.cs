namespace Nestor.Inference;

/// <summary>Chooses tokens from scores. Not thread-safe: each draw advances its random numbers.</summary>
public sealed class Sampler
{
    private readonly SamplingOptions options;
    private readonly Xoshiro256 random;
    private Candidate[] candidates = [];

    /// <summary>Creates a sampler at the beginning of its seed's random numbers.</summary>
    /// <exception cref="NestorException">An option is out of range.</exception>
    public Sampler(SamplingOptions options)
    {
        options.Validate();
        this.options = options;
        random = new Xoshiro256(options.Seed);
    }

    /// <summary>Chooses one token.</summary>
    /// <param name="logits">(vocabulary) scores; negative infinity excludes a token.</param>
    /// <returns>The token's id. Of equally probable tokens, the first counts as the more probable.</returns>
    /// <exception cref="NestorException">A score is not a number or positive infinity, or no token is possible.</exception>
    public int Sample(ReadOnlySpan<float> logits)
    {
        var best = MostProbable(logits);
        if (options.Temperature == 0)
            return best;

        if (candidates.Length < logits.Length)
            candidates = new Candidate[logits.Length];
        var kept = Weigh(logits, logits[best]);
        if (options.TopK > 0 && options.TopK < kept.Length)
            kept = TopK(kept);
        if (options.TopP < 1)
            kept = TopP(kept);
        if (options.MinP > 0)
            kept = MinP(kept);
        return Draw(kept);
    }

    private static int MostProbable(ReadOnlySpan<float> logits)
    {
        var best = -1;
        var score = float.NegativeInfinity;
        for (var token = 0; token < logits.Length; token++)
        {
            if (float.IsNaN(logits[token]) || float.IsPositiveInfinity(logits[token]))
                throw new NestorException($"The score of token {token} is {logits[token]}; the model's weights are damaged, or it computes with numbers too large for it.");
            if (logits[token] > score)
                (best, score) = (token, logits[token]);
        }

        return best >= 0 ? best : throw new NestorException($"None of the {logits.Length} tokens has a score above negative infinity; leave at least one possible.");
    }

    // Weights relative to the most probable token's 1, in the order of ids.
    private Span<Candidate> Weigh(ReadOnlySpan<float> logits, float largest)
    {
        for (var token = 0; token < logits.Length; token++)
            candidates[token] = new Candidate(token, logits[token], Math.Exp(((double)logits[token] - largest) / options.Temperature));
        return candidates.AsSpan(0, logits.Length);
    }

    private Span<Candidate> TopK(Span<Candidate> from)
    {
        // The heap's root is the least of the best so far, so most tokens cost one comparison.
        var best = new PriorityQueue<Candidate, Candidate>(options.TopK, Candidate.LeastFirst);
        foreach (var candidate in from)
        {
            if (best.Count < options.TopK)
                best.Enqueue(candidate, candidate);
            else
                best.EnqueueDequeue(candidate, candidate);
        }

        var kept = from[..best.Count];
        for (var i = best.Count - 1; i >= 0; i--)
            kept[i] = best.Dequeue();
        return kept;
    }

    private Span<Candidate> TopP(Span<Candidate> from)
    {
        // A token with less than (1 - p) / n of the weight cannot be among those that reach p: all such together have less than 1 - p.
        var total = Total(from);
        var possible = KeepAtLeast(from, (1 - options.TopP) * total / from.Length);
        possible.Sort((a, b) => Candidate.LeastFirst.Compare(b, a));
        double sum = 0;
        for (var i = 0; i < possible.Length; i++)
        {
            sum += possible[i].Weight;
            if (sum >= options.TopP * total)
                return possible[..(i + 1)];
        }

        return possible;
    }

    // The most probable token's weight is 1.
    private Span<Candidate> MinP(Span<Candidate> from) => KeepAtLeast(from, options.MinP);

    private int Draw(ReadOnlySpan<Candidate> from)
    {
        var rest = random.NextUnit() * Total(from);
        foreach (var candidate in from)
        {
            rest -= candidate.Weight;
            if (rest < 0)
                return candidate.Token;
        }

        // Rounding used the draw up: the last token that is possible at all.
        var last = from.Length - 1;
        while (from[last].Weight == 0)
            last--;
        return from[last].Token;
    }

    private static Span<Candidate> KeepAtLeast(Span<Candidate> from, double weight)
    {
        var kept = 0;
        foreach (var candidate in from)
        {
            if (candidate.Weight >= weight)
                from[kept++] = candidate;
        }

        return from[..kept];
    }

    private static double Total(ReadOnlySpan<Candidate> from)
    {
        double total = 0;
        foreach (var candidate in from)
            total += candidate.Weight;
        return total;
    }

    private readonly record struct Candidate(int Token, float Score, double Weight)
    {
        /// <summary>Least probable first; of equal scores, the later token. By scores, because different ones may round to the same weight.</summary>
        public static readonly IComparer<Candidate> LeastFirst = Comparer<Candidate>.Create(
            (a, b) => a.Score != b.Score ? a.Score.CompareTo(b.Score) : b.Token.CompareTo(a.Token));
    }
}
