using System.Collections.Immutable;
using System.Text;
using Nestor.Formats;

namespace Nestor.Text;

/// <summary>Byte-level text: any text is its UTF-8 bytes, so every text can be encoded and decoded back (Radford et al. 2019, §2.2).</summary>
internal sealed class ByteLevelText : TextPipeline
{
    private readonly int[] byteTokens = new int[256];
    private readonly int longestToken;
    private readonly HashSet<int> addedIds;

    /// <summary>Creates the pipeline of a vocabulary written in <see cref="ByteAlphabet"/>.</summary>
    /// <exception cref="NestorException">A token is not in the alphabet, or a byte has no token.</exception>
    public ByteLevelText(BytePairModel model, ImmutableArray<AddedToken> added, ByteLevelOptions? options = null)
        : base(model, added, normalize: options is { Composes: true } ? CanonicalComposition.Compose : text => text)
    {
        Options = options ?? new ByteLevelOptions();
        addedIds = [.. added.Select(token => token.Id)];
        longestToken = model.Vocabulary.Tokens.Max(token => token.Length);
        Bytes = new byte[model.Vocabulary.Tokens.Length][];
        foreach (var token in added)
            Bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
        for (var id = 0; id < Bytes.Length; id++)
            Bytes[id] ??= ByteAlphabet.Decode(model.Vocabulary.Tokens[id]) ?? throw new NestorException($"token {id}, {Quoted.Quote(model.Vocabulary.Tokens[id])}, is not written in the byte alphabet");
        for (var b = 0; b < 256; b++)
            byteTokens[b] = model.Vocabulary.Find([ByteAlphabet.Character((byte)b)])
                ?? throw new NestorException($"the vocabulary has no token for the byte 0x{b:X2}");
    }

    /// <summary>What the file says beyond vocabulary and merges.</summary>
    public ByteLevelOptions Options { get; }

    /// <inheritdoc/>
    public override byte[][] Bytes { get; }

    /// <inheritdoc/>
    protected override void EncodeSegment(ReadOnlySpan<char> segment, List<int> tokens, MarkedText? marked, int offset)
    {
        if (!Options.Composes)
        {
            EncodeNormalized(segment, tokens, marked, offset);
            return;
        }

        var given = segment.ToString();
        var composed = CanonicalComposition.Compose(given);

        // Places in the marked text are lost with the length: nothing in such a segment is taken for markup.
        if (marked is not null && !ReferenceEquals(given, composed))
            EncodePieces(composed, tokens);
        else
            EncodeNormalized(composed, tokens, marked, offset);
    }

    /// <inheritdoc/>
    protected override void EncodePieces(ReadOnlySpan<char> text, List<int> tokens)
    {
        if (Options.AddPrefixSpace && text[0] != ' ')
            text = " " + text.ToString();
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = Options.Words.End(text, start);
            EncodePiece(text[start..end], tokens);
        }
    }

    /// <inheritdoc/>
    protected override int Symbols(ReadOnlySpan<char> piece, Span<int> symbols)
    {
        if (Model.IgnoreMerges && Whole(piece) is { } token)
        {
            symbols[0] = token;
            return 1;
        }

        var count = 0;
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in piece.EnumerateRunes())
        {
            if (rune.IsAscii)
            {
                symbols[count++] = byteTokens[rune.Value];
                continue;
            }

            foreach (var b in bytes[..rune.EncodeToUtf8(bytes)])
                symbols[count++] = byteTokens[b];
        }

        return count;
    }

    // The token that a piece is as a whole. Added tokens are found in text, never in pieces.
    private int? Whole(ReadOnlySpan<char> piece)
    {
        if (piece.Length > longestToken)
            return null;
        Span<byte> bytes = stackalloc byte[4];
        var written = new StringBuilder(piece.Length + 8);
        foreach (var rune in piece.EnumerateRunes())
        {
            foreach (var b in bytes[..rune.EncodeToUtf8(bytes)])
                written.Append(ByteAlphabet.Character(b));
        }

        return Model.Vocabulary.Find(written.ToString()) is { } id && !addedIds.Contains(id) ? id : null;
    }
}
