using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Nestor.Text;

/// <summary>SentencePiece-style text (Kudo and Richardson 2018): spaces are written <c>▁</c>, and characters without a token are spelled in bytes.</summary>
internal sealed class SentencePieceText : TextPipeline
{
    /// <summary>What a space becomes.</summary>
    public const char Space = '▁';

    private readonly int[] byteTokens = new int[256];
    private readonly bool wordsAreIndependent;
    private readonly string[] normalizedContents;

    /// <summary>Creates the pipeline of a vocabulary.</summary>
    /// <exception cref="NestorException">Some text would have no tokens: neither all bytes nor an unknown token are in the vocabulary.</exception>
    public SentencePieceText(BytePairModel model, ImmutableArray<AddedToken> added, SentencePieceOptions options)
        : base(model, added, text => (options is { AddPrefixSpace: true, PrefixFirstOnly: false } ? Space + text : text).Replace(' ', Space))
    {
        Options = options;
        normalizedContents = [.. added.Where(token => token.Normalized).Select(token => token.Content)];
        Bytes = Array.ConvertAll(model.Vocabulary.Tokens, token => Encoding.UTF8.GetBytes(token.Replace(Space, ' ')));
        foreach (var token in added)
            Bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
        for (var b = 0; b < 256; b++)
        {
            byteTokens[b] = (options.ByteFallback ? model.Vocabulary.Find(ByteToken(b)) : null) ?? -1;
            if (byteTokens[b] >= 0)
                Bytes[byteTokens[b]] = [(byte)b];
            else if (options.UnknownToken is null)
                throw new NestorException($"the vocabulary has neither the byte token {ByteToken(b)} nor an unknown token, so some text would have no tokens");
        }

        // If no token goes on from a word into the space after it, no merge does, and words can be merged apart from each other.
        wordsAreIndependent = model.Vocabulary.Find([Space]) is not null
            && model.Results.All(id => WordEnd(model.Vocabulary.Tokens[id], 0) == model.Vocabulary.Tokens[id].Length);
    }

    /// <summary>What the file says beyond vocabulary and merges.</summary>
    public SentencePieceOptions Options { get; }

    /// <inheritdoc/>
    public override byte[][] Bytes { get; }

    /// <summary>The token of a byte: <c>&lt;0x0A&gt;</c>.</summary>
    public static string ByteToken(int value) => string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");

    /// <inheritdoc/>
    public override int PrefixLength(ReadOnlySpan<byte> text) => Options.AddPrefixSpace && text is [(byte)' ', ..] ? 1 : 0;

    /// <inheritdoc/>
    protected override void EncodeSegment(ReadOnlySpan<char> segment, List<int> tokens, MarkedText? marked, int offset)
    {
        var prefix = HasPrefix(segment, offset) ? 1 : 0;
        var buffer = ArrayPool<char>.Shared.Rent(segment.Length + prefix);
        buffer[0] = Space;
        segment.Replace(buffer.AsSpan(prefix), ' ', Space);
        EncodeNormalized(buffer.AsSpan(0, segment.Length + prefix), tokens, marked, offset - prefix);
        ArrayPool<char>.Shared.Return(buffer);
    }

    /// <inheritdoc/>
    protected override void EncodePieces(ReadOnlySpan<char> text, List<int> tokens)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = wordsAreIndependent ? WordEnd(text, start) : text.Length;
            EncodePiece(text[start..end], tokens);
        }
    }

    /// <inheritdoc/>
    protected override int Symbols(ReadOnlySpan<char> piece, Span<int> symbols)
    {
        var (count, afterUnknown) = (0, false);
        Span<char> character = stackalloc char[2];
        Span<byte> bytes = stackalloc byte[4];
        for (int length; piece.Length > 0; piece = piece[length..])
        {
            Rune.DecodeFromUtf16(piece, out var rune, out length);
            if (Model.Vocabulary.Find(character[..rune.EncodeToUtf16(character)]) is { } id)
            {
                symbols[count++] = id;
                afterUnknown = false;
                continue;
            }

            var first = count;
            foreach (var b in bytes[..rune.EncodeToUtf8(bytes)])
                symbols[count++] = byteTokens[b];
            var unspelled = symbols[first..count].Contains(-1);
            if (unspelled)
            {
                count = first;
                if (!(afterUnknown && Options.FuseUnknown))
                    symbols[count++] = Options.UnknownToken!.Value;
            }

            afterUnknown = unspelled;
        }

        return count;
    }

    private bool HasPrefix(ReadOnlySpan<char> segment, int offset)
    {
        if (!Options.PrefixFirstOnly)
            return Options.AddPrefixSpace;
        if (offset > 0 || segment[0] is ' ' or Space)
            return false;
        foreach (var content in normalizedContents)
        {
            if (segment.StartsWith(content, StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    /// <summary>The end of the spaces and the word after them that begin at <paramref name="start"/>.</summary>
    private static int WordEnd(ReadOnlySpan<char> text, int start)
    {
        var word = text[start..].IndexOfAnyExcept(Space);
        if (word < 0)
            return text.Length;
        var length = text[(start + word)..].IndexOf(Space);
        return length < 0 ? text.Length : start + word + length;
    }
}
