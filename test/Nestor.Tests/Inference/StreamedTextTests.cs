using System.Text;
using CsCheck;
using Nestor.Inference;

namespace Nestor.Tests.Inference;

public sealed class StreamedTextTests
{
    private static readonly Gen<string[]> Stops = Gen.String[Gen.Char["ab"], 1, 4].Array[0, 3];

    [Fact]
    public void Bytes_in_any_pieces_give_the_text_of_all_bytes() =>
        Gen.Select(Gen.OneOf(Gen.String.Select(Encoding.UTF8.GetBytes), Gen.Byte.Array[0, 40]), Gen.Int[1, 5]).Sample((bytes, size) =>
        {
            var stream = new Utf8Stream();
            var text = string.Concat(bytes.Chunk(size).Select(chunk => stream.Append(chunk))) + stream.Finish();
            Assert.Equal(Encoding.UTF8.GetString(bytes), text);
        });

    [Fact]
    public void A_character_comes_out_whole_with_its_last_byte()
    {
        var stream = new Utf8Stream();
        Assert.Equal(["", "", "", "😀"], Encoding.UTF8.GetBytes("😀").Select(b => stream.Append([b])));
        Assert.Equal("", stream.Append([0xE2, 0x82]));
        Assert.Equal("\uFFFD", stream.Finish());
    }

    [Fact]
    public void A_text_in_any_pieces_ends_before_the_stop_string_that_is_complete_first() =>
        Gen.Select(Gen.String[Gen.Char["abc"], 0, 12], Stops, Gen.Int[1, 12]).Sample((text, stops, size) =>
        {
            var scanner = new StopStrings(stops);
            var shown = string.Concat(text.Chunk(size).Select(piece => scanner.Append(new string(piece)))) + scanner.Finish();
            Assert.Equal(Cut(text, stops), shown);
            Assert.Equal(shown.Length < text.Length, scanner.Met);
        });

    [Fact]
    public void Text_is_held_back_only_while_it_may_become_a_stop_string()
    {
        var scanner = new StopStrings(["###", "</s>"]);
        Assert.Equal("one ", scanner.Append("one #"));
        Assert.Equal("", scanner.Append("#"));
        Assert.Equal("##x", scanner.Append("x"));
        Assert.Equal("y", scanner.Append("y</"));
        Assert.Equal("", scanner.Append("s>more"));
        Assert.True(scanner.Met);
        Assert.Equal("", scanner.Append("more") + scanner.Finish());
    }

    /// <summary>Character by character: the first moment at which the text ends with a stop string, the longest one counting.</summary>
    private static string Cut(string text, string[] stops)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var longest = stops.Where(stop => text.AsSpan(0, end).EndsWith(stop)).Select(stop => stop.Length).DefaultIfEmpty(0).Max();
            if (longest > 0)
                return text[..(end - longest)];
        }

        return text;
    }
}
