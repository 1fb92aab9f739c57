using System.Text;
using CsCheck;
using Nestor.Text;

namespace Nestor.Tests.Text;

/// <summary>Texts that reach every path of a tokenizer: words, contractions, white space of all kinds, scripts, astral characters.</summary>
internal static class Texts
{
    private static readonly Gen<Rune> AnyRune =
        Gen.OneOf(Gen.Int[0, 0xD7FF], Gen.Int[0xE000, 0x10FFFF]).Select(value => new Rune(value));

    private static readonly Gen<string> Part = Gen.Frequency(
        (6, OneOf("the", "Hello", " a", " world", "ing", "'s", "'ll", "'RE", "'", "don't", "12", " 345", "é", "日本語", " Привет", "½", "³")),
        (4, OneOf(" ", "  ", "\n", "\r\n", "\t", "\n\n", "\u00A0", "\u2003", "\u3000", "\u0085", "\u2028", "\u000B", "\u001C")),
        (3, OneOf("!", "...", "<", "|>", "-", "_", "▁", "Ġ", "😀", "👩‍💻", "𝒜", "𝟙", "𐄇", "e\u0301", "\uFFFD", "\u200B", "\0")),
        (2, AnyRune.Select(rune => rune.ToString())));

    /// <summary>Valid UTF-16.</summary>
    public static readonly Gen<string> Valid = Part.Array[0, 12].Select(string.Concat);

    /// <summary>Valid UTF-16 and lone surrogates.</summary>
    public static readonly Gen<string> Any = Gen.Frequency((5, Part), (1, Gen.Char['\uD800', '\uDFFF'].Select(c => c.ToString()))).Array[0, 12].Select(string.Concat);

    /// <summary>.NET's regular expressions see UTF-16 units, the tokenizer characters: astral ones become others of their kind in the basic plane.</summary>
    public static string InBasicPlane(string text)
    {
        var plain = new StringBuilder();
        for (int i = 0, length; i < text.Length; i += length)
        {
            Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out length);
            plain.Append(length == 1 ? text[i] : Rune.IsLetter(rune) ? '字' : Rune.IsNumber(rune) ? '½' : '☃');
        }

        return plain.ToString();
    }

    /// <summary>Characters of a piece, as <see cref="InBasicPlane"/> has units.</summary>
    public static int Characters(ReadOnlySpan<char> piece)
    {
        var count = 0;
        foreach (var _ in piece.EnumerateRunes())
            count++;
        return count;
    }

    /// <summary>One of the texts.</summary>
    public static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    /// <summary>Trains under the running test's cancellation.</summary>
    public static Tokenizer Train(IEnumerable<string> documents, int vocabularySize, IReadOnlyList<string>? specialTokens = null, int threads = 0) =>
        TokenizerTrainer.Train(documents, vocabularySize, specialTokens, threads, cancellation: TestContext.Current.CancellationToken);

    /// <summary>English-like text to train on.</summary>
    public static readonly string[] Corpus =
    [
        .. Enumerable.Repeat("the cat sat on the mat, and the dog didn't; they're there at 12:30, aren't they? the end of the other thing. ", 8),
        .. Enumerable.Repeat("Привет мир! été déjà vu 日本語 日本 😀😀\n\n   indented    text\tand 2024 or 2025...", 8),
    ];
}
