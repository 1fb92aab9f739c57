using System.Collections.Immutable;
using System.Text;
using Nestor.Formats;

namespace Nestor.Text;

/// <summary>Byte-level text: any text is its UTF-8 bytes, so every text can be encoded and decoded back (Radford et al. 2019, §2.2).</summary>
internal sealed class ByteLevelText : TextPipeline
{
    private readonly int[] byteTokens = new int[256];

    /// <summary>Creates the pipeline of a vocabulary written in <see cref="ByteAlphabet"/>.</summary>
    /// <exception cref="NestorException">A token is not in the alphabet, or a byte has no token.</exception>
    public ByteLevelText(BytePairModel model, ImmutableArray<AddedToken> added, bool addPrefixSpace = false, bool splitWords = true)
        : base(model, added, normalize: text => text)
    {
        (AddPrefixSpace, SplitWords) = (addPrefixSpace, splitWords);
        Bytes = new byte[model.Vocabulary.Tokens.Length][];
        foreach (var token in added)
            Bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
        for (var id = 0; id < Bytes.Length; id++)
            Bytes[id] ??= ByteAlphabet.Decode(model.Vocabulary.Tokens[id]) ?? throw new NestorException($"token {id}, {Quoted.Quote(model.Vocabulary.Tokens[id])}, is not written in the byte alphabet");
        for (var b = 0; b < 256; b++)
            byteTokens[b] = model.Vocabulary.Find([ByteAlphabet.Character((byte)b)])
                ?? throw new NestorException($"the vocabulary has no token for the byte 0x{b:X2}");
    }

    /// <summary>Whether text that does not begin with a space is given one.</summary>
    public bool AddPrefixSpace { get; }

    /// <summary>Whether text is cut into <see cref="Gpt2Words"/>.</summary>
    public bool SplitWords { get; }

    /// <inheritdoc/>
    public override byte[][] Bytes { get; }

    /// <inheritdoc/>
    protected override void EncodePieces(ReadOnlySpan<char> text, List<int> tokens)
    {
        if (AddPrefixSpace && text[0] != ' ')
            text = " " + text.ToString();
        if (!SplitWords)
        {
            EncodePiece(text, tokens);
            return;
        }

        for (int start = 0, end; start < text.Length; start = end)
        {
            end = Gpt2Words.End(text, start);
            EncodePiece(text[start..end], tokens);
        }
    }

    /// <inheritdoc/>
    protected override int Symbols(ReadOnlySpan<char> piece, Span<int> symbols)
    {
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
}
