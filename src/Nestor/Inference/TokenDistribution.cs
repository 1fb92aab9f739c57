using System.Numerics;

namespace Nestor.Inference;

/// <summary>What a token is drawn from: the candidates that <see cref="SamplingOptions"/> leave, with their probabilities. Reused from token to token.</summary>
internal sealed class TokenDistribution
{
    private Candidate[] candidates = [];
    private int count;
    private double total;

    /// <summary>The tokens that are possible, with weights that add up to <see cref="Total"/>.</summary>
    public ReadOnlySpan<Candidate> Candidates => candidates.AsSpan(0, count);

    /// <summary>The sum of the weights.</summary>
    public double Total => total;

    /// <summary>Takes over candidates; one of them must weigh more than nothing.</summary>
    public void Set(ReadOnlySpan<Candidate> kept)
    {
        kept.CopyTo(Room(kept.Length));
        count = kept.Length;
        total = Candidate.Total(kept);
    }

    /// <summary>Leaves one token possible.</summary>
    public void SetCertain(int token) => Set([new Candidate(token, Score: 0, Weight: 1)]);

    /// <summary>Sets the weights to what <paramref name="p"/> has more than <paramref name="q"/>: <c>(p - q)+</c>.</summary>
    /// <param name="p">A distribution.</param>
    /// <param name="q">Another.</param>
    /// <param name="scratch">(vocabulary) zeros, and zeros again afterwards.</param>
    public void SetExcess(TokenDistribution p, TokenDistribution q, Span<double> scratch)
    {
        foreach (var candidate in q.Candidates)
            scratch[candidate.Token] = candidate.Weight / q.total;

        var room = Room(p.count);
        (count, total) = (0, 0);
        foreach (var candidate in p.Candidates)
        {
            var excess = candidate.Weight / p.total - scratch[candidate.Token];
            if (!(excess > 0))
                continue;
            room[count++] = candidate with { Weight = excess };
            total += excess;
        }

        foreach (var candidate in q.Candidates)
            scratch[candidate.Token] = 0;
    }

    /// <summary>The probability of a token.</summary>
    public double Probability(int token)
    {
        // Where no candidate was left out, each lies at its own id.
        if (token < count && candidates[token].Token == token)
            return candidates[token].Weight / total;
        foreach (var candidate in Candidates)
        {
            if (candidate.Token == token)
                return candidate.Weight / total;
        }

        return 0;
    }

    /// <summary>Draws a token.</summary>
    public int Draw(Xoshiro256 random) => Candidate.Draw(Candidates, total, random);

    private Span<Candidate> Room(int wanted)
    {
        if (candidates.Length < wanted)
            candidates = new Candidate[BitOperations.RoundUpToPowerOf2((uint)wanted)];
        return candidates;
    }
}
