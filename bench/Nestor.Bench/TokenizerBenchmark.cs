using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;
using Nestor.Text;
using MicrosoftTokenizer = Microsoft.ML.Tokenizers.Tokenizer;
using Tokenizer = Nestor.Text.Tokenizer;

namespace Nestor.Bench;

/// <summary>Training, and GPT-2 encoding on one thread against every type of Microsoft.ML.Tokenizers that can be GPT-2, all sides in one run.</summary>
internal static partial class TokenizerBenchmark
{
    private const int Rounds = 5, NovelCharacters = 20_000_000, TrainingCharacters = 50_000_000, TrainingVocabulary = 8192;

    /// <summary>Trains, then encodes, and writes the figures as Markdown.</summary>
    /// <param name="data">The folder with <c>tokenizers/gpt2</c> and <c>text</c>.</param>
    /// <param name="output">Where the figures go.</param>
    public static void Run(string data, TextWriter output)
    {
        output.WriteLine($"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}");
        output.WriteLine();
        var novels = Novels(data, Math.Max(NovelCharacters, TrainingCharacters));
        Train(novels[..TrainingCharacters], output);

        var gpt2 = Path.Combine(data, "tokenizers", "gpt2");
        var clock = Stopwatch.StartNew();
        var nestor = Tokenizer.Open(Path.Combine(gpt2, "tokenizer.json"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Opening GPT-2's tokenizer.json: {clock.Elapsed.TotalMilliseconds:F0} ms, the first time in the process."));
        output.WriteLine();
        output.WriteLine("| text | tokenizer | MB/s (median) | tokens | same tokens |");
        output.WriteLine("|---|---|---:|---:|---|");
        Encode("wiki.valid.raw", File.ReadAllText(Path.Combine(data, "text", "wiki.valid.raw")), nestor, gpt2, output);
        Encode("novels, 20 M characters", novels[..NovelCharacters], nestor, gpt2, output);
    }

    private static void Encode(string name, string text, Tokenizer nestor, string gpt2, TextWriter output)
    {
        var sides = new List<(string Name, Func<IReadOnlyList<int>> Encode)> { ("Nestor", () => nestor.Encode(text)) };
        foreach (var (peer, tokenizer) in Peers(nestor, gpt2))
            sides.Add((peer, () => tokenizer.EncodeToIds(text)));

        var times = sides.Select(_ => new List<double>()).ToArray();
        var tokens = new IReadOnlyList<int>[sides.Count];
        for (var round = 0; round <= Rounds; round++)
        {
            for (var side = 0; side < sides.Count; side++)
            {
                GC.Collect();
                var clock = Stopwatch.StartNew();
                tokens[side] = sides[side].Encode();
                if (round > 0)
                    times[side].Add(clock.Elapsed.TotalSeconds);
            }
        }

        var megabytes = Encoding.UTF8.GetByteCount(text) / 1e6;
        for (var side = 0; side < sides.Count; side++)
        {
            var speed = megabytes / times[side].Order().ElementAt(Rounds / 2);
            var same = tokens[side].SequenceEqual(tokens[0]) ? "yes" : "no";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {sides[side].Name} | {speed:F1} | {tokens[side].Count} | {same} |"));
        }
    }

    private static void Train(string text, TextWriter output)
    {
        var clock = Stopwatch.StartNew();
        var tokenizer = TokenizerTrainer.Train([text], TrainingVocabulary);
        var seconds = clock.Elapsed.TotalSeconds;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Training {tokenizer.VocabularySize} tokens from {Encoding.UTF8.GetByteCount(text) / 1e6:F1} MB of novels on all cores: {seconds:F1} s; the process, with the text in memory, peaks at {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MB."));
    }

    /// <summary>GPT-2 in each type of Microsoft.ML.Tokenizers that can be it, all with a compiled regular expression where they take one.</summary>
    private static IEnumerable<(string Name, MicrosoftTokenizer Tokenizer)> Peers(Tokenizer nestor, string folder)
    {
        var (vocabulary, merges) = (Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"));
        using var ranks = new MemoryStream();
        for (var id = 0; id < 50256; id++)
            ranks.Write(Encoding.ASCII.GetBytes($"{Convert.ToBase64String(nestor.Bytes(id))} {id}\n"));
        ranks.Position = 0;
        yield return ("TiktokenTokenizer", TiktokenTokenizer.Create(ranks, new RegexPreTokenizer(Words(), null), null));
        yield return ("CodeGenTokenizer", CodeGen(vocabulary, merges));
        var bpe = new BpeOptions(vocabulary, merges) { ByteLevel = true, PreTokenizer = new RegexPreTokenizer(Words(), null) };
        yield return ("BpeTokenizer", BpeTokenizer.Create(bpe));
    }

    private static CodeGenTokenizer CodeGen(string vocabulary, string merges)
    {
        using Stream tokens = File.OpenRead(vocabulary), pairs = File.OpenRead(merges);
        return CodeGenTokenizer.Create(tokens, pairs, addPrefixSpace: false, addBeginOfSentence: false, addEndOfSentence: false);
    }

    private static string Novels(string data, int characters)
    {
        using var file = new GZipStream(File.OpenRead(Path.Combine(data, "text", "novels.txt.gz")), CompressionMode.Decompress);
        using var reader = new StreamReader(file);
        var buffer = new char[characters];
        return new string(buffer, 0, reader.ReadBlock(buffer));
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Words();
}
