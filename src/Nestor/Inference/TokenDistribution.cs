using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Nestor.Inference.Kernels;

namespace Nestor.Inference;

/// <summary>What a token is drawn from: tokens with weights in proportion to their probabilities. Reused from token to token.</summary>
internal sealed class TokenDistribution
{
    // Tokens that a draw passes over at once.
    private const int BlockTokens = 128;

    private int[] tokens = [];
    private double[] weights = [];      // a whole vector may be written over the last token
    private double[] blocks = [];       // sums of the weights of so many tokens
    private bool everyToken;            // in the order of ids, so that they are not written down

    /// <summary>Number of tokens, of which some may weigh nothing.</summary>
    public int Count { get; private set; }

    /// <summary>The sum of the weights.</summary>
    public double Total { get; private set; }

    /// <summary>One of the tokens.</summary>
    public int Token(int index) => everyToken ? index : tokens[index];

    /// <summary>Leaves one token possible.</summary>
    public void SetCertain(int token) => Set([token], [1]);

    /// <summary>Sets some tokens and their weights, of which one is not nothing.</summary>
    public void Set(ReadOnlySpan<int> some, ReadOnlySpan<double> theirs)
    {
        Reserve(some.Length);
        (Count, everyToken) = (some.Length, false);
        some.CopyTo(tokens);
        theirs.CopyTo(weights);
        Add();
    }

    /// <summary>Sets every token, by its score.</summary>
    /// <param name="scores">(vocabulary)</param>
    /// <param name="largest">The largest of them; its token weighs 1.</param>
    /// <param name="temperature">What scores are divided by.</param>
    public void SetAll(ReadOnlySpan<float> scores, float largest, double temperature)
    {
        Reserve(scores.Length);
        (Count, everyToken) = (scores.Length, true);
        Weigh(scores, largest, temperature);
        Add();
    }

    /// <summary>Sets the most probable tokens, in their order.</summary>
    /// <param name="count">How many.</param>
    /// <param name="scores">(vocabulary), at least as many.</param>
    /// <param name="ranked">Finds them.</param>
    /// <param name="largest">The largest score.</param>
    /// <param name="temperature">What scores are divided by.</param>
    public void SetBest(int count, ReadOnlySpan<float> scores, RankedTokens ranked, float largest, double temperature)
    {
        Reserve(count);
        (Count, everyToken) = (count, false);
        ranked.Best(scores, tokens.AsSpan(0, count));
        Span<float> some = stackalloc float[Vectors.Lanes];
        for (var first = 0; first < count; first += Vectors.Lanes)
        {
            some.Fill(float.NegativeInfinity);
            for (var i = first; i < Math.Min(first + Vectors.Lanes, count); i++)
                some[i - first] = scores[tokens[i]];
            Weigh(some, largest, temperature, weights.AsSpan(first));
        }

        Add();
    }

    /// <summary>Leaves the tokens that weigh at least so much.</summary>
    public void KeepAtLeast(double weight)
    {
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            if (weights[i] >= weight)
                (tokens[kept], weights[kept++]) = (Token(i), weights[i]);
        }

        (Count, everyToken) = (kept, false);
        Add();
    }

    /// <summary>Leaves the fewest most probable tokens that together have a share of the weight.</summary>
    /// <param name="share">Above 0 and below 1.</param>
    /// <param name="scores">(vocabulary)</param>
    /// <param name="ranked">Sorts them.</param>
    public void KeepShare(double share, ReadOnlySpan<float> scores, RankedTokens ranked)
    {
        // A token with less than (1 - p) / n of the weight cannot be among those that reach p: all such together have less than 1 - p.
        var (enough, rounding) = (share * Total, 1e-9 * Total);
        KeepAtLeast((1 - share) * Total / Count);
        KeepAtLeast(WeightClasses.Floor(weights.AsSpan(0, Count), enough + rounding));
        ranked.Sort(scores, tokens.AsSpan(0, Count), weights.AsSpan(0, Count));
        var kept = 0;
        for (var sum = 0.0; kept < Count && !(sum >= enough); kept++)
            sum += weights[kept];
        Count = kept;
        Add();
    }

    /// <summary>Sets the weights to what <paramref name="p"/> has more than <paramref name="q"/>: <c>(p - q)+</c>.</summary>
    /// <param name="p">A distribution.</param>
    /// <param name="q">Another.</param>
    /// <param name="scratch">(vocabulary) zeros, and zeros again afterwards.</param>
    public void SetExcess(TokenDistribution p, TokenDistribution q, Span<double> scratch)
    {
        for (var i = 0; i < q.Count; i++)
            scratch[q.Token(i)] = q.weights[i] / q.Total;

        Reserve(p.Count);
        (Count, everyToken) = (p.Count, p.everyToken);
        for (var i = 0; i < Count; i++)
        {
            var token = tokens[i] = p.Token(i);
            weights[i] = Math.Max(0, p.weights[i] / p.Total - scratch[token]);
        }

        for (var i = 0; i < q.Count; i++)
            scratch[q.Token(i)] = 0;
        Add();
    }

    /// <summary>The probability of a token.</summary>
    public double Probability(int token)
    {
        var index = everyToken ? token : tokens.AsSpan(0, Count).IndexOf(token);
        return index >= 0 ? weights[index] / Total : 0;
    }

    /// <summary>Draws a token.</summary>
    /// <param name="random">Advanced by one number.</param>
    public int Draw(Xoshiro256 random)
    {
        var rest = random.NextUnit() * Total;
        var first = 0;
        for (; first + BlockTokens < Count && rest >= blocks[first / BlockTokens]; first += BlockTokens)
            rest -= blocks[first / BlockTokens];
        for (var i = first; i < Count; i++)
        {
            rest -= weights[i];
            if (rest < 0)
                return Token(i);
        }

        // Rounding used the draw up: the last token that is possible at all.
        var last = Count - 1;
        while (weights[last] == 0)
            last--;
        return Token(last);
    }

    // Room for a number of tokens.
    private void Reserve(int count)
    {
        if (tokens.Length >= count)
            return;
        var room = Math.Max(Vectors.Lanes, (int)BitOperations.RoundUpToPowerOf2((uint)count));
        (tokens, weights, blocks) = (new int[room], new double[room], new double[(room + BlockTokens - 1) / BlockTokens]);
    }

    private void Weigh(ReadOnlySpan<float> scores, float largest, double temperature)
    {
        var whole = scores.Length / Vectors.Lanes * Vectors.Lanes;
        for (var first = 0; first < whole; first += Vectors.Lanes)
            Weigh(scores[first..], largest, temperature, weights.AsSpan(first));
        if (whole == scores.Length)
            return;
        Span<float> last = stackalloc float[Vectors.Lanes];
        last.Fill(float.NegativeInfinity);
        scores[whole..].CopyTo(last);
        Weigh(last, largest, temperature, weights.AsSpan(whole));
    }

    // 16 scores to weights, in double precision.
    private static void Weigh(ReadOnlySpan<float> scores, float largest, double temperature, Span<double> weights)
    {
        var (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(scores)));
        var (max, divisor) = (Vector512.Create((double)largest), Vector512.Create(temperature));
        DoubleExponential.Of((lower - max) / divisor).CopyTo(weights);
        DoubleExponential.Of((upper - max) / divisor).CopyTo(weights[Vector512<double>.Count..]);
    }

    // In vectors and blocks, always in the same order.
    private void Add()
    {
        Total = 0;
        for (var first = 0; first < Count; first += BlockTokens)
        {
            var some = weights.AsSpan(first, Math.Min(BlockTokens, Count - first));
            var vectors = MemoryMarshal.Cast<double, Vector512<double>>(some);
            var sums = Vector512<double>.Zero;
            foreach (var vector in vectors)
                sums += vector;
            var sum = Vectors.Sum(sums);
            foreach (var weight in some[(vectors.Length * Vector512<double>.Count)..])
                sum += weight;
            blocks[first / BlockTokens] = sum;
            Total += sum;
        }
    }
}
