using System.Text.RegularExpressions;
using CsCheck;
using Nestor.Text;

namespace Nestor.Tests.Text;

/// <summary>The scanners of published tokenizers cut where their regular expressions cut.</summary>
public sealed class Llama3WordsTests
{
    private static readonly (WordPattern Words, Regex Pattern)[] Patterns =
    [
        (WordPattern.Llama3, new Regex(Llama3Words.Llama3, RegexOptions.CultureInvariant)),
        (WordPattern.Qwen2, new Regex(Llama3Words.Qwen2, RegexOptions.CultureInvariant)),
    ];

    private static readonly Regex Digit = new(@"\p{N}", RegexOptions.CultureInvariant), Gpt2 = new(Gpt2Words.Pattern, RegexOptions.CultureInvariant);

    /// <summary>What the patterns treat each in its own way, side by side.</summary>
    private static readonly Gen<string> Text = Gen.OneOf(
        Texts.Any,
        Gen.Char["abS'tT rR\nEe1½२9!. \t\u00A0\u3000,é字\u0301_"].Array[0, 16].Select(characters => new string(characters)));

    [Fact]
    public void The_scanner_cuts_where_the_regular_expression_cuts() =>
        Text.Sample(text =>
        {
            foreach (var (words, pattern) in Patterns)
                Assert.Equal(pattern.Matches(Texts.InBasicPlane(text)).Select(match => match.Length), Lengths(words, text));
        }, iter: 20_000);

    [Fact]
    public void Every_unit_of_the_basic_plane_is_cut_as_by_the_regular_expression()
    {
        var units = Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c).Where(c => !char.IsSurrogate(c) && c != 'ſ');
        foreach (var chunk in units.Chunk(1024))
        {
            var text = string.Concat(chunk.Select(c => $"a{c}1{c} {c}!{c}\n{c}b'{c}"));
            foreach (var (words, pattern) in Patterns)
                Assert.Equal(pattern.Matches(text).Select(match => match.Length), Lengths(words, text));
        }
    }

    /// <summary>To HuggingFace's regular expressions the long s is an s in another case, to .NET's it is not.</summary>
    [Fact]
    public void The_long_s_is_an_s() => Assert.Equal([1, 2, 1], Lengths(WordPattern.Llama3, "a'ſb"));

    [Fact]
    public void Digits_are_cut_out_first_and_words_between_them() =>
        Text.Sample(text =>
        {
            var plain = Texts.InBasicPlane(text);
            var lengths = new List<int>();
            var start = 0;
            foreach (var digit in Digit.Matches(plain).Select(match => match.Index).Append(plain.Length))
            {
                lengths.AddRange(Gpt2.Matches(plain[start..digit]).Select(match => match.Length));
                if (digit < plain.Length)
                    lengths.Add(1);
                start = digit + 1;
            }

            Assert.Equal(lengths, Lengths(WordPattern.Digits, text));
        }, iter: 20_000);

    private static IEnumerable<int> Lengths(WordPattern words, string text)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = words.End(text, start);
            yield return Texts.Characters(text.AsSpan(start..end));
        }
    }
}
