using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference;

/// <summary>Chooses tokens from scores. Not thread-safe: each draw advances its random numbers.</summary>
public sealed class Sampler
{
    private readonly SamplingOptions options;

    // Its root is the least of the best tokens so far, so most tokens cost one comparison.
    private readonly PriorityQueue<Candidate, Candidate> best = new(Candidate.LeastFirst);

    private Candidate[] candidates = [];

    /// <summary>Creates a sampler at the beginning of its seed's random numbers.</summary>
    /// <exception cref="NestorException">An option is out of range.</exception>
    public Sampler(SamplingOptions options)
    {
        options.Validate();
        this.options = options;
        Random = new Xoshiro256(options.Seed);
    }

    /// <summary>The seed's random numbers.</summary>
    internal Xoshiro256 Random { get; }

    /// <summary>Chooses one token.</summary>
    /// <param name="logits">(vocabulary) scores; negative infinity excludes a token.</param>
    /// <returns>The token's id. Of equally probable tokens, the first counts as the more probable.</returns>
    /// <exception cref="NestorException">A score is not a number or positive infinity, or no token is possible.</exception>
    public int Sample(ReadOnlySpan<float> logits)
    {
        var kept = Keep(logits);
        return Candidate.Draw(kept, Candidate.Total(kept), Random);
    }

    /// <summary>Yields what <see cref="Sample"/> draws from.</summary>
    /// <param name="logits">(vocabulary) scores; negative infinity excludes a token.</param>
    /// <param name="distribution">Receives it; certain at temperature 0.</param>
    /// <exception cref="NestorException">A score is not a number or positive infinity, or no token is possible.</exception>
    internal void Distribute(ReadOnlySpan<float> logits, TokenDistribution distribution) => distribution.Set(Keep(logits));

    // The candidates that the options leave; valid until the next call.
    private ReadOnlySpan<Candidate> Keep(ReadOnlySpan<float> logits)
    {
        var largest = Scores.MostProbable(logits);
        if (candidates.Length < logits.Length)
            candidates = new Candidate[logits.Length];
        if (options.Temperature == 0)
        {
            candidates[0] = new Candidate(largest, logits[largest], Weight: 1);
            return candidates.AsSpan(0, 1);
        }

        var kept = Weigh(logits, logits[largest]);
        if (options.TopK > 0 && options.TopK < kept.Length)
            kept = TopK(kept);
        if (options.TopP < 1)
            kept = TopP(kept);
        if (options.MinP > 0)
            kept = MinP(kept);
        return kept;
    }

    // Weights relative to the most probable token's 1, in the order of ids.
    private Span<Candidate> Weigh(ReadOnlySpan<float> logits, float largest)
    {
        Span<float> scores = stackalloc float[Vectors.Lanes];
        Span<double> weights = stackalloc double[Vectors.Lanes];
        var (max, temperature) = (Vector512.Create((double)largest), Vector512.Create(options.Temperature));
        for (var first = 0; first < logits.Length; first += Vectors.Lanes)
        {
            var some = logits[first..Math.Min(first + Vectors.Lanes, logits.Length)];
            some.CopyTo(scores);
            var (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(scores)));
            Vector512.Exp((lower - max) / temperature).CopyTo(weights);
            Vector512.Exp((upper - max) / temperature).CopyTo(weights[Vector512<double>.Count..]);
            for (var i = 0; i < some.Length; i++)
                candidates[first + i] = new Candidate(first + i, some[i], weights[i]);
        }

        return candidates.AsSpan(0, logits.Length);
    }

    private Span<Candidate> TopK(Span<Candidate> from)
    {
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
        var total = Candidate.Total(from);
        var possible = KeepAtLeast(from, (1 - options.TopP) * total / from.Length);
        possible.Sort(Candidate.MostFirst);
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
}
