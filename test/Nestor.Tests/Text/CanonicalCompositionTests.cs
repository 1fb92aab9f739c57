using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Nestor.Text;

namespace Nestor.Tests.Text;

public sealed class CanonicalCompositionTests
{
    private static readonly Gen<string> Text = Gen.OneOf(
        Texts.Any,
        Gen.Char["aeo\u0301\u0323\u0308\u0315\u05B0\u0345é\u1100\u1161\u11A8가각\u0915\u093C\u0958\u212B\u2126 "].Array[0, 12].Select(characters => new string(characters)));

    /// <summary>The digest is that of Python's <c>unicodedata.normalize('NFC', text)</c> over the same texts, Unicode 14.</summary>
    [Fact]
    public void Every_character_composes_as_in_Python_alone_and_beside_marks_and_jamo()
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (first, end) in new[] { (0, 0xD800), (0xE000, 0x12000), (0x1D100, 0x1D200), (0x2F800, 0x2FA20) })
        {
            for (var value = first; value < end; value++)
            {
                var character = char.ConvertFromUtf32(value);
                foreach (var text in (string[])[character, $"e\u0301{character}\u0323", $"{character}\u0301", $"\u1100{character}", $"\u0915{character}\u093C"])
                    digest.AppendData(Encoding.UTF8.GetBytes(CanonicalComposition.Compose(text) + "\n"));
            }
        }

        Assert.Equal("8ab453bc5f6b71033099c55cb0299279d18e4b41dc2907ca1f68bede5a4d3839", Convert.ToHexStringLower(digest.GetHashAndReset()));
    }

    [Theory]
    [InlineData("e\u0301", "é")]
    [InlineData("q\u0323\u0307", "q\u0323\u0307")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u212B", "Å")]
    [InlineData("\u1112\u1161\u11AB", "한")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\uD800e\u0301\uDC00", "\uD800é\uDC00")]
    public void Marks_join_their_characters(string text, string composed) => Assert.Equal(composed, CanonicalComposition.Compose(text));

    [Fact]
    public void A_composed_text_stays_the_same_object() => Text.Sample(text =>
    {
        var composed = CanonicalComposition.Compose(text);
        Assert.Same(composed, CanonicalComposition.Compose(composed));
    }, iter: 5000);

    /// <summary>A space joins with nothing.</summary>
    [Fact]
    public void Texts_beside_a_space_compose_apart() => Gen.Select(Text, Text).Sample((a, b) =>
        Assert.Equal(CanonicalComposition.Compose(a) + " " + CanonicalComposition.Compose("x" + b), CanonicalComposition.Compose(a + " x" + b)), iter: 5000);

    [Fact]
    public void A_long_run_of_marks_is_no_trap()
    {
        var marks = string.Concat(Enumerable.Range(0, 200_000).Select(i => i % 2 == 0 ? '\u0301' : '\u0323'));
        Assert.Equal("ạ" + new string('\u0323', 99_999) + new string('\u0301', 100_000), CanonicalComposition.Compose("a" + marks));
    }
}
