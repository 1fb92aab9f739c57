using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.ML.Tokenizers;
using Nestor.Tests.Formats;
using Nestor.Text;
using Tokenizer = Nestor.Text.Tokenizer;

namespace Nestor.Tests.Text;

/// <summary>The steps of Llama 3's, Qwen's and SmolLM's <c>tokenizer.json</c>, as they are published, around a vocabulary of our own.</summary>
public sealed class PublishedTokenizerTests : IDisposable
{
    private const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""";
    private const string Split = """{"type":"Split","pattern":{"Regex":"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}NUMBER| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false}""";

    private static readonly Tokenizer Trained = Texts.Train(Texts.Corpus, 340, ["<|endoftext|>", "<|user|>"]);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("llama3")]
    [InlineData("qwen2")]
    [InlineData("smollm")]
    public void Opening_what_was_saved_is_identity(string kind)
    {
        var tokenizer = Open(kind);
        tokenizer.Save(folder.File("a.json"));
        var again = Tokenizer.Open(folder.File("a.json"));
        again.Save(folder.File("b.json"));
        Assert.Equal(File.ReadAllBytes(folder.File("a.json")), File.ReadAllBytes(folder.File("b.json")));
        JsonNode given = Json(kind), saved = JsonNode.Parse(File.ReadAllText(folder.File("a.json")))!;
        foreach (var step in (string[])["normalizer", "pre_tokenizer"])
            Assert.True(JsonNode.DeepEquals(given[step], saved[step]), saved[step]?.ToJsonString());
        Assert.Equal((bool)given["model"]!["ignore_merges"]!, (bool)saved["model"]!["ignore_merges"]!);
        Texts.Any.Sample(text => Assert.Equal(tokenizer.Encode(text), again.Encode(text)), iter: 300);
    }

    [Theory]
    [InlineData("llama3")]
    [InlineData("qwen2")]
    [InlineData("smollm")]
    public void Decoding_gives_the_text_back(string kind)
    {
        var tokenizer = Open(kind);
        Texts.Valid.Sample(text => Assert.Equal(kind == "qwen2" ? CanonicalComposition.Compose(text) : text, tokenizer.Decode(tokenizer.Encode(text))), iter: 1000);
    }

    [Fact]
    public void Numbers_are_cut_as_each_family_does()
    {
        foreach (var (kind, pieces) in new[] { ("llama3", (string[])["123", "45"]), ("qwen2", ["1", "2", "3", "4", "5"]), ("smollm", ["1", "2", "3", "4", "5"]) })
        {
            var tokenizer = Open(kind, "123", "45");
            Assert.Equal([.. pieces.SelectMany(piece => tokenizer.Encode(piece))], tokenizer.Encode("12345"));
            Assert.Equal(kind == "llama3" ? 2 : 5, tokenizer.Encode("12345").Length);
        }
    }

    [Fact]
    public void A_piece_that_is_a_token_is_that_token_whatever_its_merges_make()
    {
        var json = Json("llama3");
        json["model"]!["vocab"]!["Ġ\u00C3\u00A9x"] = 340;
        var tokenizer = Save(json);
        Assert.Equal([340], tokenizer.Encode(" éx"));
        Assert.True(tokenizer.Encode(" éxx").Length > 1);
        json["model"]!["ignore_merges"] = false;
        Assert.DoesNotContain(340, Save(json).Encode(" éx"));
    }

    [Fact]
    public void Added_tokens_are_never_pieces()
    {
        var json = Json("llama3");
        json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 340, ["content"] = "zqx", ["single_word"] = true });
        Assert.DoesNotContain(340, Save(json).Encode("a zqx1".Replace("a ", "a_", StringComparison.Ordinal)));
        Assert.Contains(340, Save(json).Encode("a zqx."));
    }

    [Fact]
    public void Qwens_text_is_composed_first_and_content_stays_content()
    {
        var tokenizer = Open("qwen2");
        Assert.Equal(tokenizer.Encode("été"), tokenizer.Encode("e\u0301te\u0301"));
        var json = Json("qwen2");
        json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 340, ["content"] = "<tool>", ["normalized"] = true, ["special"] = true });
        var marked = new MarkedText();
        marked.AddMarkup("<|user|>");
        marked.AddContent("e\u0301e\u0301<tool>");
        var tokens = new List<int>();
        Save(json).Encode(marked, tokens);
        Assert.Equal(1, tokens[0]);
        Assert.DoesNotContain(340, tokens);
        Assert.Contains(340, Save(json).Encode("e\u0301e\u0301<tool>"));
    }

    [Theory]
    [InlineData("llama3", "add_prefix_space")]
    [InlineData("llama3", "use_regex")]
    [InlineData("smollm", "add_prefix_space")]
    public void A_second_cut_is_refused(string kind, string key)
    {
        var json = Json(kind);
        json["pre_tokenizer"]!["pretokenizers"]![1]![key] = true;
        Errors.AreOneLineWith(() => Save(json), "tokenizer.json", "supported are byte-level text", "SmolLM");
    }

    [Fact]
    public void Llama_2s_text_with_ignored_merges_is_refused()
    {
        var json = Json("llama3");
        json["normalizer"] = JsonNode.Parse("""{"type":"Replace","pattern":{"String":" "},"content":"▁"}""");
        json["pre_tokenizer"] = null;
        json["decoder"] = JsonNode.Parse("""{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"}]}""");
        Errors.AreOneLineWith(() => Save(json), "ignore_merges");
    }

    /// <summary>GPT-2's published vocabulary, cut by the patterns of the others: pieces that are tokens and merges by rank, by somebody else's program.</summary>
    [Theory]
    [InlineData("llama3", Llama3Words.Llama3)]
    [InlineData("qwen2", Llama3Words.Qwen2)]
    public void The_tokens_are_those_of_Microsofts_tokenizer(string kind, string pattern)
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA");
        var path = Path.Combine(data ?? "", "tokenizers", "gpt2", "tokenizer.json");
        Assert.SkipUnless(File.Exists(path), "NESTOR_DATA names no folder with tokenizers/gpt2.");
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        json["pre_tokenizer"] = Json(kind)["pre_tokenizer"]!.DeepClone();
        json["model"]!["ignore_merges"] = true;
        var tokenizer = Save(json);

        using var ranks = new MemoryStream();
        for (var id = 0; id < 50256; id++)
            ranks.Write(Encoding.ASCII.GetBytes($"{Convert.ToBase64String(tokenizer.Bytes(id))} {id}\n"));
        ranks.Position = 0;
        var oracle = TiktokenTokenizer.Create(ranks, new RegexPreTokenizer(new Regex(pattern, RegexOptions.Compiled), null), null);

        // Its regular expression takes the halves of an astral character for two.
        Texts.Valid.Where(text => text.EnumerateRunes().All(rune => rune.IsBmp))
            .Sample(text => Assert.Equal(oracle.EncodeToIds(text), tokenizer.Encode(text)), iter: 4000);
        var wiki = Path.Combine(data!, "text", "wiki.test.raw");
        Assert.SkipUnless(File.Exists(wiki), "NESTOR_DATA has no text/wiki.test.raw.");
        foreach (var line in File.ReadLines(wiki).Take(500))
            Assert.Equal(oracle.EncodeToIds(line), tokenizer.Encode(line));
    }

    private static JsonObject Published(string kind) => kind switch
    {
        "llama3" => Steps("null", Split.Replace("NUMBER", "{1,3}", StringComparison.Ordinal), ByteLevel),
        "qwen2" => Steps("""{"type":"NFC"}""", Split.Replace("NUMBER", "", StringComparison.Ordinal), ByteLevel),
        "smollm" => Steps("null", """{"type":"Digits","individual_digits":true}""", ByteLevel.Replace("false}", "true}", StringComparison.Ordinal)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static JsonObject Steps(string normalizer, string first, string second) => new()
    {
        ["normalizer"] = JsonNode.Parse(normalizer),
        ["pre_tokenizer"] = JsonNode.Parse($$"""{"type":"Sequence","pretokenizers":[{{first}},{{second}}]}"""),
    };

    private JsonObject Json(string kind, params string[] documents)
    {
        (documents.Length == 0 ? Trained : Texts.Train(Enumerable.Repeat(documents, 9).SelectMany(text => text), 260, ["<|endoftext|>"])).Save(folder.File("trained.json"));
        var json = JsonNode.Parse(File.ReadAllText(folder.File("trained.json"), Encoding.UTF8))!.AsObject();
        foreach (var (key, value) in Published(kind))
            json[key] = value?.DeepClone();
        json["model"]!["ignore_merges"] = kind == "llama3";
        return json;
    }

    private Tokenizer Open(string kind, params string[] documents) => Save(Json(kind, documents));

    private Tokenizer Save(JsonNode json)
    {
        File.WriteAllText(folder.File("tokenizer.json"), json.ToJsonString());
        return Tokenizer.Open(folder.File("tokenizer.json"));
    }
}
