using System.Text;
using CsCheck;
using Nestor.Formats;
using Nestor.Tests.Formats;
using Nestor.Text;

namespace Nestor.Tests.Text;

public sealed class Llama2cTokenizerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Stories_are_encoded_as_the_plain_algorithm_does()
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA");
        var file = Path.Combine(data ?? "", "stories260k", "tok512.bin");
        Assert.SkipUnless(data is not null && File.Exists(file), "NESTOR_DATA names no folder with stories260k/tok512.bin.");
        var tokenizer = Llama2cTokenizer.Open(file, 512);
        var vocabulary = Vocabulary.Read(file, 512);
        var word = Texts.OneOf("Once", "upon", "a", "time", "Lily", "there", "was", "...", "\"", "the", "aaaa", "little", "!!", "--", "\n", "zoo", "eee", "éé", "日", "sss");
        Gen.OneOf(word.Array[0, 12].Select(words => string.Join(' ', words)), word.Array[0, 12].Select(string.Concat), Texts.Valid)
            .Where(text => !text.Contains('▁') && !text.Contains('\0'))
            .Sample(text =>
            {
                var tokens = tokenizer.Encode(text);
                Assert.Equal(vocabulary.Encode(text), tokens);
                Assert.Equal(text, tokenizer.Decode(tokens));
            }, iter: 300);

        tokenizer.Save(folder.File("tokenizer.json"));
        var saved = Tokenizer.Open(folder.File("tokenizer.json"));
        Assert.Equal(new Dictionary<string, int> { ["<unk>"] = 0, ["<s>"] = 1, ["</s>"] = 2 }, saved.SpecialTokens);
        Texts.Any.Sample(text => Assert.Equal(tokenizer.Encode(text), saved.Encode(text)));
    }

    [Fact]
    public void Any_vocabulary_is_used_as_the_plain_algorithm_does()
    {
        // Scores differ, and no letter of a token repeats, so that a token cannot be made of three neighbours in two ways.
        var tokens = Gen.Shuffle(new[] { 'a', 'b', 'c', 'd', 'e', ' ' }).Select(letters => new string(letters)).Select(Gen.Int[2, 4], (letters, length) => letters[..length]).Array[0, 40];
        Gen.Select(tokens, Gen.Shuffle(Enumerable.Range(0, 60).ToArray()), Gen.String[Gen.Char["abcde é"], 0, 30]).Sample(
            (tokens, scores, text) =>
            {
                string[] all = [.. new[] { "a", "b", "c", "d", "e", " " }.Concat(tokens.Distinct())];
                var path = folder.File("tok.bin");
                Write(path, all, scores);
                var tokenizer = Llama2cTokenizer.Open(path, 259 + all.Length);
                Assert.Equal(Vocabulary.Read(path, 259 + all.Length).Encode(text), tokenizer.Encode(text));
            },
            iter: 200,
            threads: 1);
    }

    [Fact]
    public void Damaged_files_are_refused_in_one_line()
    {
        var path = folder.File("tok.bin");
        Write(path, ["a", "b", "ab", " "], [0, 1, 2, 3]);
        var whole = File.ReadAllBytes(path);
        Errors.AreOneLineWith(() => Llama2cTokenizer.Open(path, 264), "tok.bin", "ends before its token 263");
        Errors.AreOneLineWith(() => Llama2cTokenizer.Open(path, 262), "goes on after token 261");
        Errors.AreOneLineWith(() => Llama2cTokenizer.Open(path, 259), "259 tokens has no text");
        Errors.AreOneLineWith(() => Llama2cTokenizer.Open(path, int.MaxValue), "ends before");
        Errors.AreOneLineWith(() => Llama2cTokenizer.Open(folder.File("none.bin"), 300), "none.bin");
        Errors.AreOneLineWith(() => Llama2cTokenizer.Open(folder.Path, 300), folder.Path);
        Write(path, ["a", "b", "a", " "], [0, 1, 2, 3]);
        Errors.AreOneLineWith(() => Llama2cTokenizer.Open(path, 263), "'a' has two ids, 259 and 261");
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length]).Sample(
            (at, value, length) =>
            {
                var bytes = whole.ToArray();
                bytes[at] = value;
                File.WriteAllBytes(path, at % 2 == 0 ? bytes : bytes[..length]);
                try
                {
                    Llama2cTokenizer.Open(path, 263).Encode("ab a");
                }
                catch (NestorException error)
                {
                    Assert.DoesNotContain(error.Message, char.IsControl);
                }
            },
            iter: 300,
            threads: 1);
    }

    private static void Write(string path, string[] tokens, int[] scores)
    {
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write(7);
        string[] all = ["<unk>", "\n<s>\n", "\n</s>\n", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), .. tokens];
        for (var id = 0; id < all.Length; id++)
        {
            writer.Write(id < 259 ? 0f : -scores[id - 259]);
            writer.Write(Encoding.UTF8.GetByteCount(all[id]));
            writer.Write(Encoding.UTF8.GetBytes(all[id]));
        }
    }

    /// <summary>The definition: join the neighbours whose token has the best score, leftmost first, until none join.</summary>
    private sealed record Vocabulary(string[] Tokens, float[] Scores)
    {
        public static Vocabulary Read(string path, int size)
        {
            using var reader = new BinaryReader(File.OpenRead(path));
            reader.ReadInt32();
            var (tokens, scores) = (new string[size], new float[size]);
            for (var id = 0; id < size; id++)
            {
                scores[id] = reader.ReadSingle();
                tokens[id] = Encoding.UTF8.GetString(reader.ReadBytes(reader.ReadInt32()));
            }

            return new Vocabulary(tokens, scores);
        }

        public List<int> Encode(string text)
        {
            var tokens = new List<int>();
            foreach (var rune in (text.Length == 0 ? "" : " " + text).EnumerateRunes())
            {
                if (Array.IndexOf(Tokens, rune.ToString()) is var id and >= 0)
                    tokens.Add(id);
                else
                    tokens.AddRange(Encoding.UTF8.GetBytes(rune.ToString()).Select(b => 3 + b));
            }

            while (true)
            {
                var (best, at) = (-1, -1);
                for (var i = 0; i + 1 < tokens.Count; i++)
                {
                    var id = Array.IndexOf(Tokens, Tokens[tokens[i]] + Tokens[tokens[i + 1]]);
                    if (id >= 0 && (best < 0 || Scores[id] > Scores[best]))
                        (best, at) = (id, i);
                }

                if (best < 0)
                    return tokens;
                tokens[at] = best;
                tokens.RemoveAt(at + 1);
            }
        }
    }
}
