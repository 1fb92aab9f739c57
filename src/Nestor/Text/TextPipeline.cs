using System.Buffers;
using System.Collections.Immutable;

namespace Nestor.Text;

/// <summary>The way from text to tokens: added tokens are cut out, what lies between is cut into pieces, and each piece is merged.</summary>
internal abstract class TextPipeline
{
    /// <summary>Longest piece, in UTF-16 units, so that the buffers of a merge have a bound.</summary>
    private const int LongestPiece = 1 << 24;

    private readonly PieceCache cache = new();
    private readonly AddedTokenSplitter asGiven, normalized;

    /// <summary>Creates the pipeline of a vocabulary whose text is normalised by <paramref name="normalize"/>.</summary>
    protected TextPipeline(BytePairModel model, ImmutableArray<AddedToken> added, Func<string, string> normalize)
    {
        (Model, Added) = (model, added);
        asGiven = new AddedTokenSplitter(added.Where(token => !token.Normalized));
        normalized = new AddedTokenSplitter(added.Where(token => token.Normalized).Select(token => token with { Content = normalize(token.Content) }));
    }

    /// <summary>Vocabulary and merges.</summary>
    public BytePairModel Model { get; }

    /// <summary>The tokens that are found in text as they are written.</summary>
    public ImmutableArray<AddedToken> Added { get; }

    /// <summary>What a <c>tokenizer.json</c> says of tokens to add around a text, as it stands there: not used here, but not lost either.</summary>
    public string? PostProcessor { get; init; }

    /// <summary>The bytes of each token, by id.</summary>
    public abstract byte[][] Bytes { get; }

    /// <summary>How many bytes of decoded text are no part of the text that was encoded.</summary>
    public virtual int PrefixLength(ReadOnlySpan<byte> text) => 0;

    /// <summary>Adds the tokens of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="tokens">Where the tokens go.</param>
    /// <param name="marked">The same text, if parts of it are content in which no markup is found.</param>
    public void Encode(ReadOnlySpan<char> text, List<int> tokens, MarkedText? marked = null)
    {
        for (var position = 0; position < text.Length;)
        {
            var start = position;
            var segment = asGiven.Next(text, ref position, out var token, marked);
            if (!segment.IsEmpty)
                EncodeSegment(segment, tokens, marked, start);
            if (token is not null)
                tokens.Add(token.Id);
        }
    }

    /// <summary>Normalises a segment that has no token to be found in text as given, and adds its tokens.</summary>
    protected virtual void EncodeSegment(ReadOnlySpan<char> segment, List<int> tokens, MarkedText? marked, int offset) =>
        EncodeNormalized(segment, tokens, marked, offset);

    /// <summary>Adds the tokens of normalised text that stands at <paramref name="offset"/> in the marked text.</summary>
    protected void EncodeNormalized(ReadOnlySpan<char> text, List<int> tokens, MarkedText? marked, int offset)
    {
        for (var position = 0; position < text.Length;)
        {
            var segment = normalized.Next(text, ref position, out var token, marked, offset);
            if (!segment.IsEmpty)
                EncodePieces(segment, tokens);
            if (token is not null)
                tokens.Add(token.Id);
        }
    }

    /// <summary>Cuts text that has no added token into pieces and adds their tokens.</summary>
    protected abstract void EncodePieces(ReadOnlySpan<char> text, List<int> tokens);

    /// <summary>Writes the symbols that a piece's merging begins with, at most three for each UTF-16 unit, and returns how many.</summary>
    protected abstract int Symbols(ReadOnlySpan<char> piece, Span<int> symbols);

    /// <summary>Adds the tokens of a piece, which is merged on its own.</summary>
    protected void EncodePiece(ReadOnlySpan<char> piece, List<int> tokens)
    {
        if (piece.Length > PieceCache.LongestPiece)
        {
            EncodeLongPiece(piece, tokens);
            return;
        }

        var hash = PieceCache.Hash(piece);
        if (cache.TryGet(piece, hash, out var kept))
        {
            if (kept.Length == 1)
                tokens.Add(kept[0]);
            else
                tokens.AddRange(kept);
            return;
        }

        Span<int> symbols = stackalloc int[3 * PieceCache.LongestPiece];
        symbols = symbols[..Symbols(piece, symbols)];
        symbols = symbols[..Model.Merge(symbols)];
        cache.Put(piece, hash, symbols);
        tokens.AddRange(symbols);
    }

    private void EncodeLongPiece(ReadOnlySpan<char> piece, List<int> tokens)
    {
        if (piece.Length > LongestPiece)
            throw new NestorException($"The text has {piece.Length} characters without a place to cut them, at most {LongestPiece} can be encoded; give it in parts.");
        var buffer = ArrayPool<int>.Shared.Rent(3 * piece.Length);
        var symbols = buffer.AsSpan(0, Symbols(piece, buffer));
        tokens.AddRange(symbols[..Model.Merge(symbols)]);
        ArrayPool<int>.Shared.Return(buffer);
    }
}
