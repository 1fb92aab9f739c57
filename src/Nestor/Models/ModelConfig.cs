namespace Nestor.Models;

/// <summary>The shape of a decoder-only transformer whose feed-forward neurons are nested.</summary>
/// <remarks>
/// RMSNorm before each block, rotary positions (HuggingFace half-rotation), grouped-query attention, no biases: the Llama
/// architecture when <see cref="FeedForward"/> is <see cref="FeedForwardKind.SwiGlu"/>. Attention, norms and embeddings are
/// full-size in every granularity (MatFormer, arXiv 2310.07707, §3.1).
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

    /// <summary>The feed-forward block.</summary>
    public FeedForwardKind FeedForward { get; init; } = FeedForwardKind.SwiGlu;

    /// <summary>Longest sequence, in tokens.</summary>
    public int ContextLength { get; init; } = 1024;

    /// <summary>Added to the mean square before the root in RMSNorm.</summary>
    public float NormEpsilon { get; init; } = 1e-5f;

    /// <summary>Base of the rotary frequencies.</summary>
    public float RopeTheta { get; init; } = 10_000f;

    /// <summary>Whether the output head is the embedding matrix.</summary>
    public bool TieEmbeddings { get; init; } = true;

    /// <summary>Token that begins a sequence, if the model has one.</summary>
    public int? BeginToken { get; init; }

    /// <summary>Token that ends a sequence, if the model has one.</summary>
    public int? EndToken { get; init; }

    /// <summary>The widths the model was trained at, narrowest first; empty for a model that was not trained nested.</summary>
    public IReadOnlyList<Granularity> Granularities { get; init; } = [];

    /// <summary>Number of layers.</summary>
    public int Layers => FullWidths.Layers;

    /// <summary>Whether a token ends a text: the end token, or the begin token, which starts another; some models know no other end.</summary>
    internal bool EndsText(int token) => token == EndToken || token == BeginToken;

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

        foreach (var problem in Granularity.Problems(Granularities, FullWidths))
            yield return problem;
    }
}
