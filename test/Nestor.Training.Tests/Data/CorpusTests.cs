using System.Text;
using CsCheck;
using Nestor.Text;
using Nestor.Training.Data;

namespace Nestor.Training.Tests.Data;

public sealed class CorpusTests : IDisposable
{
    private static readonly Tokenizer Small = TokenizerTrainer.Train(["the cat sat on the mat, the dog sat on the cat"], 264);
    private static readonly Tokenizer Other = TokenizerTrainer.Train(["one two three"], 258);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_parts_decode_to_the_documents_each_on_its_side() =>
        Gen.String[Gen.Char['a', 'f'], 1, 40].Array[2, 30].Select(Gen.Double[0.01, 0.99]).Where((texts, _) => texts.Distinct().Count() > 1).Sample((texts, share) =>
        {
            var source = JsonLines(Guid.NewGuid().ToString("N"), texts);
            using var corpus = Build(source, folder.Path(Guid.NewGuid().ToString("N")), share);
            var (train, validation) = (Documents(corpus.Train), Documents(corpus.Validation));
            Assert.NotEmpty(train);
            Assert.NotEmpty(validation);
            Assert.Empty(train.Intersect(validation));
            Assert.Equal(train, texts.Where(text => train.Contains(text)));
            Assert.Equal(validation, texts.Where(text => validation.Contains(text)));
            Assert.Equal(texts.Length, corpus.Train.Documents + corpus.Validation.Documents);
            Assert.Equal(texts.Sum(Encoding.UTF8.GetByteCount), corpus.Train.TextBytes + corpus.Validation.TextBytes);
        }, iter: 40);

    [Fact]
    public void The_share_of_validation_is_the_wanted_one()
    {
        var source = JsonLines("many", [.. Enumerable.Range(0, 4000).Select(i => $"document {i}")]);
        using var corpus = Build(source, folder.Path("corpus"), validationShare: 0.1);
        Assert.InRange(corpus.Validation.Documents, 330, 470);
        Assert.Equal(4000, corpus.Train.Documents + corpus.Validation.Documents);
    }

    [Fact]
    public void A_document_stays_on_its_side_when_others_come_and_go()
    {
        string[] texts = [.. Enumerable.Range(0, 500).Select(i => $"document {i}")];
        using var all = Build(JsonLines("all", texts), folder.Path("a"), 0.1);
        using var half = Build(JsonLines("half", texts[250..]), folder.Path("b"), 0.1);
        Assert.Subset(Documents(all.Train).ToHashSet(), Documents(half.Train).ToHashSet());
        Assert.Subset(Documents(all.Validation).ToHashSet(), Documents(half.Validation).ToHashSet());
    }

    [Fact]
    public void A_second_build_of_the_same_writes_nothing()
    {
        var source = JsonLines("x", ["one", "two", "three"]);
        Build(source, folder.Path("corpus")).Dispose();
        var marks = Marks();
        Build(TextSource.Open(folder.Path("x.jsonl")), folder.Path("corpus"), progress: new Told(_ => Assert.Fail("Nothing is to be built."))).Dispose();
        Assert.Equal(marks, Marks());
    }

    [Fact]
    public void One_byte_another_share_or_another_tokenizer_build_anew()
    {
        var path = folder.Path("corpus");
        var hashes = new HashSet<string>();
        void BuildAnew(string[] texts, Tokenizer tokenizer, double share)
        {
            using var corpus = Build(JsonLines("x", texts), path, share, tokenizer);
            Assert.True(hashes.Add(corpus.ContentHash));
            Assert.Equal(texts.Order(), Documents(corpus.Train, tokenizer).Concat(Documents(corpus.Validation, tokenizer)).Order());
        }

        BuildAnew(["one", "two", "three"], Small, 0.5);
        BuildAnew(["one", "two", "thrEe"], Small, 0.5);
        BuildAnew(["one", "two", "three"], Small, 0.4);
        BuildAnew(["one", "two", "three"], Other, 0.5);
        Assert.Equal(3, Directory.GetFileSystemEntries(path).Length);
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Root).Length);
    }

    [Fact]
    public void Large_vocabularies_take_32_bits_a_token()
    {
        var path = folder.Write("big/x.tokens", [.. BitConverter.GetBytes(70_000u), .. BitConverter.GetBytes(99_999u), .. BitConverter.GetBytes(100_000u)]);
        using var part = TokenPart.Open(path, new PartSize(1, 3, 3), vocabularySize: 100_000);
        var tokens = new int[2];
        part.CopyTo(0, tokens);
        Assert.Equal([70_000, 99_999], tokens);
        Assert.Contains("100000", Assert.Throws<NestorException>(() => part.CopyTo(1, tokens)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_outside_the_part_are_a_programming_error()
    {
        using var corpus = Build(JsonLines("x", ["one", "two"]), folder.Path("corpus"));
        var count = corpus.Train.Count;
        Assert.Throws<ArgumentOutOfRangeException>(() => corpus.Train.CopyTo(-1, new int[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => corpus.Train.CopyTo(count, new long[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => corpus.Train.CopyTo(0, new long[count + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => corpus.Train.CopyTo(long.MaxValue, new long[1]));
        corpus.Train.CopyTo(count, Array.Empty<long>());
    }

    [Theory]
    [InlineData(new string[0], "no text")]
    [InlineData(new[] { "alone" }, "one document")]
    [InlineData(new[] { "same", "same", "same" }, "3 documents that are all the same")]
    public void Text_that_cannot_be_split_is_refused(string[] texts, string says)
    {
        var error = Assert.Throws<NestorException>(() => Build(JsonLines("x", texts), folder.Path("corpus")));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Path("corpus")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Root));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    public void A_share_that_leaves_a_part_empty_is_refused(double share) =>
        Assert.Throws<NestorException>(() => Build(JsonLines("x", ["one", "two"]), folder.Path("corpus"), share));

    [Fact]
    public void A_folder_with_other_files_is_never_replaced()
    {
        var precious = folder.Write("home/thesis.md", "years of work");
        var error = Assert.Throws<NestorException>(() => Build(JsonLines("x", ["one", "two"]), folder.Path("home")));
        Assert.Contains("thesis.md", error.Message, StringComparison.Ordinal);
        Assert.Equal("years of work", File.ReadAllText(precious));
        Assert.Throws<NestorException>(() => Build(JsonLines("x", ["one", "two"]), precious));
    }

    [Fact]
    public void A_build_that_fails_leaves_the_old_corpus()
    {
        using var old = Build(JsonLines("x", ["one", "two"]), folder.Path("corpus"));
        folder.Write("x.jsonl", "{\"text\":\"one\"}\n{\"text\":\"two\"}\n{\"text\":\"three\"}\nbroken");
        Assert.Throws<NestorException>(() => Build(TextSource.Open(folder.Path("x.jsonl")), folder.Path("corpus")));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Corpus.Build(JsonLines("x", ["six", "ten"]), Small, folder.Path("corpus"), cancellation: cancelled.Token));
        using var kept = Corpus.Open(folder.Path("corpus"));
        Assert.Equal(old.ContentHash, kept.ContentHash);
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Root).Length);
    }

    [Fact]
    public void Damaged_files_are_refused_when_opened_or_read_and_built_again()
    {
        var source = JsonLines("x", ["one two three four", "five six seven eight"]);
        var path = folder.Path("corpus");
        Build(source, path).Dispose();
        var train = Path.Combine(path, "train.tokens");
        var manifest = Path.Combine(path, "corpus.json");
        var (tokens, json) = (File.ReadAllBytes(train), File.ReadAllText(manifest));
        Refused(() => File.WriteAllBytes(train, tokens[..^1]));
        Refused(() => File.WriteAllBytes(train, tokens[..^2]));
        Refused(() => File.WriteAllBytes(train, []));
        Refused(() => File.Delete(train));
        foreach (var change in new[] { ("uint16", "uint32"), ("264", "0"), ("264", "-1"), ("264", "99999999999"), ("264", "70000"), ("corpus-1", "corpus-9"), ("\"tokens\": ", "\"tokens\": 9"), ("\"bytes\"", "\"bites\""), ("{", "["), ("{", "") })
            Refused(() => File.WriteAllText(manifest, json.Replace(change.Item1, change.Item2, StringComparison.Ordinal)));
        Refused(() => File.WriteAllText(manifest, "null"));
        Refused(() => File.Delete(manifest));

        tokens[1] = 0xFF;
        File.WriteAllBytes(train, tokens);
        using var corpus = Corpus.Open(path);
        Assert.Contains("damaged", Assert.Throws<NestorException>(() => corpus.Train.CopyTo(0, new long[1])).Message, StringComparison.Ordinal);

        void Refused(Action damage)
        {
            damage();
            var error = Assert.Throws<NestorException>(() => Corpus.Open(path));
            Assert.DoesNotContain('\n', error.Message);
            Build(source, path).Dispose();
            Assert.Equal(tokens, File.ReadAllBytes(train));
            Assert.Equal(json, File.ReadAllText(manifest));
        }
    }

    [Fact]
    public void A_file_cut_short_while_in_use_is_an_error_and_not_a_crash()
    {
        using var corpus = Build(JsonLines("x", ["one two three four", "five six seven eight"]), folder.Path("corpus"));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let anybody cut a file that is in use.");
        using (var file = new FileStream(Path.Combine(folder.Path("corpus"), "train.tokens"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(4);
        Assert.Throws<NestorException>(() => corpus.Train.CopyTo(0, new long[corpus.Train.Count]));
    }

    [Fact]
    public void Progress_grows_to_the_end()
    {
        var reports = new List<CorpusProgress>();
        using var corpus = Build(JsonLines("x", [.. Enumerable.Range(0, 20_000).Select(i => $"{i}")]), folder.Path("corpus"), progress: new Told(reports.Add));
        Assert.True(reports.Count > 1);
        Assert.Equal(reports.OrderBy(report => report.Share), reports);
        Assert.Equal(new CorpusProgress(1, 20_000, corpus.Train.Count + corpus.Validation.Count), reports[^1]);
    }

    [Fact]
    public void Shakespeare_comes_back_from_its_tokens()
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA") ?? "";
        var file = Path.Combine(data, "text", "tinyshakespeare.txt");
        Assert.SkipUnless(File.Exists(file), "NESTOR_DATA names no folder with text/tinyshakespeare.txt.");
        var source = TextSource.Open(file);
        using var corpus = Build(source, folder.Path("corpus"));
        Assert.Equal(source.Documents().Order(StringComparer.Ordinal), Documents(corpus.Train).Concat(Documents(corpus.Validation)).Order(StringComparer.Ordinal));
        Assert.Equal(WithoutSpace(File.ReadAllText(file)), WithoutSpace(string.Concat(source.Documents())));
    }

    private static Corpus Build(TextSource source, string path, double validationShare = 0.02, Tokenizer? tokenizer = null, IProgress<CorpusProgress>? progress = null) =>
        Corpus.Build(source, tokenizer ?? Small, path, validationShare, progress, TestContext.Current.CancellationToken);

    private static string WithoutSpace(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));

    private TextSource JsonLines(string name, string[] texts) =>
        TextSource.Open(folder.Write(name + ".jsonl", string.Join('\n', texts.Select(text => $"{{\"text\":\"{text}\"}}")) + "\n"));

    private List<string> Marks() =>
        [.. Directory.GetFiles(folder.Path("corpus")).Order().Select(file => $"{file} {File.GetLastWriteTimeUtc(file):O} {Convert.ToHexString(File.ReadAllBytes(file))}")];

    private static List<string> Documents(TokenPart part, Tokenizer? tokenizer = null)
    {
        tokenizer ??= Small;
        var tokens = new int[part.Count];
        part.CopyTo(0, tokens);
        var end = tokenizer.Find(Corpus.EndOfText)!.Value;
        var documents = new List<string>();
        for (int start = 0, next; start < tokens.Length; start = next + 1)
        {
            next = Array.IndexOf(tokens, end, start);
            documents.Add(tokenizer.Decode(tokens.AsSpan(start, next - start)));
        }

        return documents;
    }

    private sealed class Told(Action<CorpusProgress> tell) : IProgress<CorpusProgress>
    {
        public void Report(CorpusProgress value) => tell(value);
    }
}
