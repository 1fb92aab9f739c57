using CsCheck;
using Nestor.Training.Data;

namespace Nestor.Training.Tests.Data;

public sealed class PlainTextTests
{
    private static readonly Gen<string> AnyText = Gen.String[Gen.OneOf(Gen.Char["ab\n\n\r\t "], Gen.Char['a', 'z'], Gen.Char['\u0100', '\ufffd']), 0, 300];

    [Fact]
    public void Documents_hold_every_character_but_white_space_in_order() =>
        AnyText.Select(Gen.Int[1, 50]).Sample((text, longest) =>
        {
            var documents = PlainText.Documents(new StringReader(text), longest).ToList();
            Assert.Equal(WithoutSpace(text), WithoutSpace(string.Concat(documents)));
            Assert.All(documents, document => Assert.InRange(document.Length, 1, longest));
        });

    [Fact]
    public void Lines_are_those_of_the_framework_but_never_longer_than_the_bound() =>
        AnyText.Select(Gen.Int[2, 50]).Sample((text, longest) =>
        {
            var reader = new LineReader(new StringReader(text), longest);
            var lines = new List<string>();
            for (var continues = false; reader.Next(); continues = reader.Continues)
            {
                Assert.InRange(reader.Line.Length, 0, longest);
                if (continues)
                    lines[^1] += reader.Line.ToString();
                else
                    lines.Add(reader.Line.ToString());
                Assert.Equal(lines.Count, reader.Number);
            }

            // The framework ends without the empty line that a last line end leaves.
            var expected = new StringReader(text);
            foreach (var line in lines)
                Assert.Equal(expected.ReadLine(), line);
            Assert.Null(expected.ReadLine());
        });

    [Fact]
    public void Blocks_are_gathered_until_a_document_has_enough_characters()
    {
        var paragraph = new string('p', 1500);
        var text = string.Join("\n\n", Enumerable.Repeat(paragraph, 8));
        var documents = PlainText.Documents(new StringReader(text)).ToList();
        Assert.Equal([3, 3, 2], documents.Select(document => document.Split("\n\n").Length));
        Assert.Equal(text, string.Join("\n\n", documents));
    }

    [Fact]
    public void Long_works_without_blank_lines_inside_are_a_document_each()
    {
        string[] novels = [string.Join('\n', Enumerable.Repeat("It was a dark night.", 500)), string.Join('\n', Enumerable.Repeat("Call me.", 900))];
        Assert.Equal(novels, PlainText.Documents(new StringReader(string.Join("\r\n \r\n", novels).ReplaceLineEndings("\r\n"))).ToArray());
    }

    [Fact]
    public void A_text_without_blank_lines_is_cut_at_line_ends()
    {
        var text = string.Join('\n', Enumerable.Range(0, 1000));
        var documents = PlainText.Documents(new StringReader(text), longest: 100).ToList();
        Assert.Equal(text, string.Join('\n', documents));
        Assert.All(documents, document => Assert.InRange(document.Length, 1, 100));
    }

    [Fact]
    public void A_line_without_end_is_cut_beside_surrogate_pairs()
    {
        var text = string.Concat(Enumerable.Repeat("\U0001F600", 100));
        var documents = PlainText.Documents(new StringReader(text), longest: 7).ToList();
        Assert.Equal(text, string.Concat(documents));
        Assert.All(documents, document => Assert.Equal(0, document.Length % 2));
    }

    [Fact]
    public void Pieces_of_a_document_are_the_document_and_end_at_line_ends()
    {
        Assert.Equal(["ab\n", "cdefg", "h\ni\nj"], JsonLines.Pieces("ab\ncdefgh\ni\nj", 5));
        Assert.Equal(["x\U0001F600", "\U0001F600"], JsonLines.Pieces("x\U0001F600\U0001F600", 4));
        AnyText.Select(Gen.Int[1, 40]).Sample((text, longest) =>
        {
            var pieces = JsonLines.Pieces(text, longest).ToList();
            Assert.Equal(text, string.Concat(pieces));
            Assert.All(pieces, piece => Assert.InRange(piece.Length, 0, longest));
        });
    }

    private static string WithoutSpace(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
}
