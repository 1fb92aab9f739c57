using System.Text.RegularExpressions;
using CsCheck;
using Nestor.Text;

namespace Nestor.Tests.Text;

public sealed class Gpt2WordsTests
{
    private static readonly Regex Pattern = new(Gpt2Words.Pattern, RegexOptions.CultureInvariant);

    [Fact]
    public void The_scanner_cuts_where_the_regular_expression_cuts() =>
        Texts.Any.Sample(text => Assert.Equal(Pattern.Matches(Texts.InBasicPlane(text)).Select(match => match.Length), Lengths(text)), iter: 20_000);

    [Fact]
    public void Every_unit_of_the_basic_plane_is_classified_as_the_regular_expression_does()
    {
        var units = Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c).Where(c => !char.IsSurrogate(c));
        foreach (var chunk in units.Chunk(1024))
        {
            var text = string.Concat(chunk.Select(c => $"a{c}1{c} {c}!{c}"));
            Assert.Equal(Pattern.Matches(text).Select(match => match.Length), Lengths(text));
        }
    }

    private static IEnumerable<int> Lengths(string text)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = Gpt2Words.End(text, start);
            yield return Texts.Characters(text.AsSpan(start..end));
        }
    }
}
