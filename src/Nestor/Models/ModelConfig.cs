using Nestor.Models.Families;

namespace Nestor.Models;

/// <summary>The shape of a decoder-only transformer whose feed-forward neurons are nested.</summary>
/// <remarks>
/// RMSNorm before each block, rotary positions (HuggingFace half-rotation), grouped-query attention, and what the <see cref="Family"/>
/// adds to it: the Llama architecture when that is <see cref="ModelFamily.Llama"/> and <see cref="FeedForward"/> is
/// <see cref="FeedForwardKind.SwiGlu"/>. Attention, norms and embeddings are full-size in every granularity (MatFormer, arXiv
/// 2310.07707, §3.1).
/// </remarks>
public sealed record ModelConfig : INestedConfig
{
    /// <summary>Token ids run from 0 to this, exclusive.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Size of the residual stream, d_model.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Feed-forward neurons stored in each layer, d_ff; all equal except in a mixed slice. Its length is the number of layers.</summary>
    public required WidthPlan FullWidths { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads, each shared by <c>Heads / KeyValueHeads</c> query heads.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Size of one head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>The kind of model around the feed-forward blocks: which biases and norms attention has.</summary>
    public ModelFamily Family { get; init; } = ModelFamily.Llama;

    /// <summary>The feed-forward block.</summary>
    public FeedForwardKind FeedForward { get; init; } = FeedForwardKind.SwiGlu;

    /// <summary>Longest sequence, in tokens.</summary>
    public int ContextLength { get; init; } = 1024;

    /// <summary>Added to the mean square before the root in RMSNorm.</summary>
    public float NormEpsilon { get; init; } = 1e-5f;

    /// <summary>Base of the rotary frequencies.</summary>
    public float RopeTheta { get; init; } = 10_000f;

    /// <summary>How the rotary frequencies are stretched; null where they are not.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>How many positions a token sees, its own included; null where it sees all before it.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Whether the output head is the embedding matrix.</summary>
    public bool TieEmbeddings { get; init; } = true;

    /// <summary>Token that begins a sequence, if the model has one.</summary>
    public int? BeginToken { get; init; }

    /// <summary>Token that ends a sequence, if the model has one.</summary>
    public int? EndToken { get; init; }

    /// <summary>Other tokens that end a sequence, such as the end of a turn in a conversation.</summary>
    public IReadOnlyList<int> FurtherEndTokens { get; init; } = [];

    /// <summary>The widths the model was trained at, narrowest first; empty for a model that was not trained nested.</summary>
    public IReadOnlyList<Granularity> Granularities { get; init; } = [];

    /// <summary>Number of layers.</summary>
    public int Layers => FullWidths.Layers;

    /// <summary>
    /// Whether attention is Llama's own: no biases or norms of heads, no window, rotary positions as they were first trained. The
    /// training side knows no other.
    /// </summary>
    public bool HasPlainAttention => RopeScaling is null && SlidingWindow is null && !Family.AttentionTensors(this, layer: 0).Any();

    /// <summary>The token that stands before a text; null where the model was not trained with one, even if it has a begin token.</summary>
    internal int? TokenBeforeText => Family.BeginsTexts ? BeginToken : null;

    /// <summary>Whether a token ends a text: an end token, or the begin token, which starts another; some models know no other end.</summary>
    internal bool EndsText(int token) => token == EndToken || token == BeginToken || FurtherEndTokens.Contains(token);

    /// <summary>Throws one error that lists every problem of this shape.</summary>
    /// <exception cref="NestorException">Some size is impossible or does not fit another.</exception>
    public void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
            throw new NestorException("The model configuration cannot be built: " + string.Join("; ", problems) + ".");
    }

    /// <summary>Whether two configurations have the same shape, value by value.</summary>
    public bool Equals(ModelConfig? other) =>
        other is not null
        && (VocabularySize, HiddenSize, Heads, KeyValueHeads, HeadSize, FeedForward) == (other.VocabularySize, other.HiddenSize, other.Heads, other.KeyValueHeads, other.HeadSize, other.FeedForward)
        && (ContextLength, NormEpsilon, RopeTheta, TieEmbeddings, BeginToken, EndToken) == (other.ContextLength, other.NormEpsilon, other.RopeTheta, other.TieEmbeddings, other.BeginToken, other.EndToken)
        && (Family, RopeScaling, SlidingWindow) == (other.Family, other.RopeScaling, other.SlidingWindow)
        && FurtherEndTokens.SequenceEqual(other.FurtherEndTokens)
        && FullWidths.Equals(other.FullWidths)
        && Granularities.SequenceEqual(other.Granularities);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(VocabularySize, HiddenSize, Heads, HeadSize, FullWidths);

    private IEnumerable<string> Problems()
    {
        foreach (var (name, value) in new[]
        {
            ("vocabulary size", VocabularySize), ("hidden size", HiddenSize), ("number of heads", Heads),
            ("number of key-value heads", KeyValueHeads), ("head size", HeadSize), ("context length", ContextLength),
        })
        {
            if (value <= 0)
                yield return $"the {name} is {value} and must be positive";
        }

        if (KeyValueHeads > 0 && Heads % KeyValueHeads != 0)
            yield return $"{Heads} heads cannot share {KeyValueHeads} key-value heads evenly";
        if (HeadSize % 2 != 0)
            yield return $"the head size is {HeadSize} and must be even for rotary positions";
        if (!(NormEpsilon > 0) || !float.IsFinite(NormEpsilon))
            yield return $"the norm epsilon is {NormEpsilon} and must be positive";
        if (!(RopeTheta > 0) || !float.IsFinite(RopeTheta))
            yield return $"the rotary base is {RopeTheta} and must be positive";
        if (BeginToken is { } begin && (begin < 0 || begin >= VocabularySize))
            yield return $"the begin token {begin} is outside the vocabulary of {VocabularySize}";
        if (EndToken is { } end && (end < 0 || end >= VocabularySize))
            yield return $"the end token {end} is outside the vocabulary of {VocabularySize}";

        foreach (var further in FurtherEndTokens)
        {
            if (EndToken is null || further < 0 || further >= VocabularySize)
                yield return $"the further end token {further} is {(EndToken is null ? "given without a first one" : $"outside the vocabulary of {VocabularySize}")}";
        }

        if (SlidingWindow <= 0)
            yield return $"the sliding window is {SlidingWindow} and must be positive";
        if (SlidingWindow is not null && !Family.HasWindow)
            yield return $"the family {Family} has no sliding window";
        foreach (var problem in RopeScaling?.Problems() ?? [])
            yield return problem;
        foreach (var problem in Granularity.Problems(Granularities, FullWidths))
            yield return problem;
    }
}
