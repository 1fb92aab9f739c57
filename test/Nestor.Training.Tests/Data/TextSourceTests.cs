using System.Text;
using Nestor.Training.Data;

namespace Nestor.Training.Tests.Data;

public sealed class TextSourceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_is_read_in_the_order_of_relative_paths()
    {
        folder.Write("data/b.txt", "second");
        folder.Write("data/B/z.md", "first");
        folder.WriteGzip("data/c/deep/x.txt.gz", "third");
        folder.WriteGzip("data/d.jsonl.gz", "{\"text\":\"fourth\"}\n\n{\"text\":\"fifth\",\"more\":[1]}\r\n");
        folder.Write("data/.git/config", "left out");
        folder.Write("data/.hidden", "left out");
        folder.Write("data/picture.png", [0x89, 0x50, 0, 0]);
        folder.Write("data/empty.txt", "");
        var source = TextSource.Open(folder.Path("data"));
        Assert.Equal(["first", "second", "third", "fourth", "fifth"], source.Documents());
        Assert.Equal(source.Documents(), source.Documents());
        Assert.Equal(1, source.Skipped);
        Assert.Equal(source.Bytes, source.Read().Last().Consumed);
    }

    [Fact]
    public void Bad_bytes_are_replaced_and_the_byte_order_mark_is_left_out()
    {
        var path = folder.Write("bad.txt", [0xEF, 0xBB, 0xBF, (byte)'a', 0xFF, (byte)'b', 0xC3]);
        Assert.Equal(["a\uFFFDb\uFFFD"], TextSource.Open(path).Documents());
    }

    [Fact]
    public void Any_field_of_a_json_line_may_hold_the_text()
    {
        var path = folder.Write("q.jsonl", "{\"id\":1,\"body\":\"caf\\u00e9\\n\"}\n{\"body\":\"  \"}\n");
        Assert.Equal(["café\n"], TextSource.Open(path, "body").Documents());
    }

    [Theory]
    [InlineData("{\"text\":\"ok\"}\n{\"text\":", "line 2")]
    [InlineData("not json", "line 1")]
    [InlineData("\n\n[1]", "line 3")]
    [InlineData("{\"text\":5}", "not a string")]
    [InlineData("{\"body\":\"b\"}", "no field 'text'")]
    [InlineData("{\"body\":\"b\"}", "(the line has body)")]
    [InlineData("{}", "no field 'text'")]
    [InlineData("{\"text\":\"\\ud800\"}", "line 1")]
    public void A_bad_json_line_is_refused_with_its_place(string lines, string says)
    {
        var path = folder.Write("bad.jsonl", lines);
        AssertRefused(() => TextSource.Open(path).Documents().Count(), says, "bad.jsonl");
    }

    [Fact]
    public void A_json_line_that_is_too_long_is_refused() =>
        AssertRefused(() => JsonLines.Documents(new StringReader("{\"text\":\"" + new string('x', 100) + "\"}"), "long.jsonl", "text", longestLine: 50).Count(), "line 1", "50");

    [Fact]
    public void What_is_not_text_is_refused()
    {
        AssertRefused(() => TextSource.Open(folder.Path("nothing")), "nothing");
        AssertRefused(() => TextSource.Open(folder.Root), "no file");
        AssertRefused(() => TextSource.Open(folder.Write("a/b.bin", [1, 0, 2])), "NUL");
        AssertRefused(() => TextSource.Open(folder.Path("a")), "None of the 1 files");
        AssertRefused(() => TextSource.Open(folder.Write("utf16.txt", Encoding.Unicode.GetBytes("hello"))), "NUL");
        AssertRefused(() => TextSource.Open(folder.Write("tar.gz", TemporaryFolder.Gzip(new byte[512]))), "NUL");
    }

    [Fact]
    public void Damaged_gzip_is_refused_wherever_it_is_damaged()
    {
        var text = string.Join('\n', Enumerable.Range(0, 20_000).Select(i => (i * 7919L).ToString("x")));
        var good = TemporaryFolder.Gzip(Encoding.UTF8.GetBytes(text));
        Assert.Equal(text, string.Join('\n', TextSource.Open(folder.Write("good.gz", good)).Documents()));
        AssertRefused(() => TextSource.Open(folder.Write("empty.gz", "")), "not gzip");
        AssertRefused(() => TextSource.Open(folder.Write("plain.gz", "plain text")), "not gzip");
        foreach (var length in new[] { 2, 9, 10, 200, good.Length / 2, good.Length - 9, good.Length - 8, good.Length - 1 })
            AssertRefused(() => TextSource.Open(folder.Write($"cut{length}.gz", good[..length])).Documents().Count(), $"cut{length}.gz");
        good[good.Length / 2] ^= 0x55;
        AssertRefused(() => TextSource.Open(folder.Write("bits.gz", good)).Documents().Count(), "bits.gz");
    }

    [Fact]
    public void A_decompression_bomb_is_refused_before_it_fills_the_disk()
    {
        var bomb = folder.Write("bomb.gz", TemporaryFolder.Gzip(Encoding.UTF8.GetBytes(new string('\n', 4_000_000))));
        using var stream = new SourceStream(bomb, gzip: true, trusted: 1_000_000);
        AssertRefused(() => stream.CopyTo(Stream.Null), "bomb.gz", "100 times");
    }

    [Fact]
    public void A_link_to_a_folder_above_does_not_end_in_a_circle()
    {
        folder.Write("loop/a.txt", "text");
        Assert.SkipUnless(TryLink(folder.Path("loop/up"), folder.Path("loop")), "This machine does not let the test make links.");
        Assert.Equal(["text"], TextSource.Open(folder.Path("loop")).Documents());
    }

    [Fact]
    public void The_fingerprint_is_that_of_names_and_contents()
    {
        folder.Write("one/a.txt", "alpha");
        folder.Write("one/b.txt", "beta");
        var first = TextSource.Open(folder.Path("one")).Fingerprint();
        folder.Write("two/a.txt", "alpha");
        folder.Write("two/b.txt", "beta");
        Assert.Equal(first, TextSource.Open(folder.Path("two")).Fingerprint());
        Assert.NotEqual(first, TextSource.Open(folder.Path("two"), "body").Fingerprint());
        folder.Write("two/b.txt", "betA");
        Assert.NotEqual(first, TextSource.Open(folder.Path("two")).Fingerprint());
        folder.Write("two/b.txt", "beta");
        File.Move(folder.Path("two/b.txt"), folder.Path("two/c.txt"));
        Assert.NotEqual(first, TextSource.Open(folder.Path("two")).Fingerprint());
    }

    private static bool TryLink(string link, string target)
    {
        try
        {
            Directory.CreateSymbolicLink(link, target);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void AssertRefused(Action action, params string[] says)
    {
        var error = Assert.Throws<NestorException>(action);
        Assert.DoesNotContain('\n', error.Message);
        Assert.All(says, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
