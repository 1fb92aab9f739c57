using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Nestor.Evaluation.Tasks;

/// <summary>A model that has only counted: how often each token followed the one or two before it. The floor a network has to be above.</summary>
/// <remarks>
/// Witten-Bell interpolation: after a history h that was followed N times by T different tokens, <c>P(w|h) = (c(h, w) + T P(w|h')) / (N + T)</c>,
/// where h' is h without its first token; below the empty history every token is as probable as any other.
/// </remarks>
public sealed class NgramScorer : IContinuationScorer
{
    /// <summary>Tokens of the longest sequence that is counted.</summary>
    public const int Order = 3;

    // Three ids are one number.
    private const int BitsPerToken = 21;

    private readonly int vocabulary;
    private readonly Dictionary<(int Length, long Tokens), int> counts = [];
    private readonly Dictionary<(int Length, long Tokens), (int Times, int Kinds)> histories = [];

    /// <summary>Counts a text.</summary>
    /// <param name="tokens">The text.</param>
    /// <param name="vocabulary">Token ids run from 0 to this, exclusive.</param>
    /// <exception cref="NestorException">A token is outside the vocabulary, or the vocabulary has more than two million.</exception>
    public NgramScorer(ReadOnlySpan<int> tokens, int vocabulary)
    {
        if (vocabulary > 1 << BitsPerToken)
            throw new NestorException($"The vocabulary has {vocabulary} tokens; sequences are counted of at most {1 << BitsPerToken}.");
        this.vocabulary = vocabulary;
        for (var i = 0; i < tokens.Length; i++)
        {
            Check(tokens[i]);
            for (var history = 0; history < Order && history <= i; history++)
                Count(Key(tokens.Slice(i - history, history)), Key(tokens.Slice(i - history, history + 1)));
        }

        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(tokens)));
    }

    /// <summary>A text that tells it from what was counted on other tokens.</summary>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public int ContextLength => int.MaxValue - 1;

    /// <summary>The probability of a token after others, of which the last two count.</summary>
    public double Probability(ReadOnlySpan<int> before, int token)
    {
        var probability = 1.0 / vocabulary;
        Span<int> sequence = stackalloc int[Order];
        for (var length = 0; length < Order && length <= before.Length; length++)
        {
            before[^length..].CopyTo(sequence);
            sequence[length] = token;
            if (!histories.TryGetValue(Key(sequence[..length]), out var history))
                break;
            var times = counts.GetValueOrDefault(Key(sequence[..(length + 1)]));
            probability = (times + history.Kinds * probability) / (history.Times + history.Kinds);
        }

        return probability;
    }

    /// <inheritdoc/>
    public IReadOnlyList<ContinuationScore[]> Score(IReadOnlyList<IReadOnlyList<ScoringRequest>> groups, CancellationToken cancellation = default)
    {
        var scores = new List<ContinuationScore[]>(groups.Count);
        foreach (var group in groups)
        {
            cancellation.ThrowIfCancellationRequested();
            scores.Add([.. group.Select(Score)]);
        }

        return scores;
    }

    private ContinuationScore Score(ScoringRequest request)
    {
        var score = new ContinuationScore(0, IsGreedy: true);
        for (var i = request.Tokens.Length - request.Scored; i < request.Tokens.Length; i++)
        {
            var before = request.Tokens.Span[..i];
            var token = request.Tokens.Span[i];
            Check(token);
            var probability = Probability(before, token);
            score = new ContinuationScore(score.LogProbability + Math.Log(probability), score.IsGreedy && IsMostProbable(before, token, probability));
        }

        return score;
    }

    private bool IsMostProbable(ReadOnlySpan<int> before, int token, double probability)
    {
        for (var other = 0; other < vocabulary; other++)
        {
            var rival = Probability(before, other);
            if (rival > probability || (rival == probability && other < token))
                return false;
        }

        return true;
    }

    private void Count((int, long) history, (int, long) sequence)
    {
        ref var times = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, sequence, out var seen);
        times++;
        ref var all = ref CollectionsMarshal.GetValueRefOrAddDefault(histories, history, out _);
        all = (all.Times + 1, all.Kinds + (seen ? 0 : 1));
    }

    private static (int Length, long Tokens) Key(ReadOnlySpan<int> tokens)
    {
        long key = 0;
        foreach (var token in tokens)
            key = key << BitsPerToken | (uint)token;
        return (tokens.Length, key);
    }

    private void Check(int token)
    {
        if ((uint)token >= (uint)vocabulary)
            throw new NestorException($"The token {token} is outside the model's vocabulary of {vocabulary}; encode the text with the model's own tokenizer.");
    }
}
