using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Nestor.Tests.Formats;
using Nestor.Text;

namespace Nestor.Tests.Text;

public sealed class TokenizerJsonTests : IDisposable
{
    private const string Gpt2Split = """{"type":"Split","pattern":{"Regex":"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"},"behavior":"Isolated","invert":false}""";
    private static readonly Tokenizer Trained = Texts.Train(Texts.Corpus, 340, ["<|endoftext|>", "<|user|>"]);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Opening_what_was_saved_is_identity()
    {
        Trained.Save(folder.File("a.json"));
        var opened = Tokenizer.Open(folder.File("a.json"));
        opened.Save(folder.File("b.json"));
        Assert.Equal(File.ReadAllBytes(folder.File("a.json")), File.ReadAllBytes(folder.File("b.json")));
        Assert.Equal(Trained.VocabularySize, opened.VocabularySize);
        Assert.Equal(Trained.SpecialTokens, opened.SpecialTokens);
        Texts.Any.Sample(text => Assert.Equal(Trained.Encode(text + "<|user|>"), opened.Encode(text + "<|user|>")));
    }

    [Fact]
    public void Merges_are_read_as_strings_and_as_pairs()
    {
        var pairs = Json();
        pairs["model"]!["merges"] = new JsonArray([.. pairs["model"]!["merges"]!.AsArray().Select(merge => (JsonNode)new JsonArray([.. ((string)merge!).Split(' ').Select(token => (JsonNode)token)]))]);
        Assert.Equal(Trained.Pipeline.Model.Merges, Open(pairs).Pipeline.Model.Merges);
    }

    [Fact]
    public void Steps_that_are_not_ours_to_apply_are_kept()
    {
        var json = Json();
        json["post_processor"] = JsonNode.Parse("""{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<|endoftext|>","type_id":0}}]}""");
        var opened = Open(json);
        opened.Save(folder.File("kept.json"));
        Assert.True(JsonNode.DeepEquals(json["post_processor"], JsonNode.Parse(File.ReadAllText(folder.File("kept.json")))!["post_processor"]));
        Assert.Equal(Trained.Encode("the end"), opened.Encode("the end"));
    }

    [Fact]
    public void A_prefix_space_is_added_to_text_that_has_none()
    {
        var json = Json();
        json["pre_tokenizer"]!["add_prefix_space"] = true;
        var tokenizer = Open(json);
        Assert.Equal(Trained.Encode(" the cat"), tokenizer.Encode("the cat"));
        Assert.Equal(Trained.Encode(" the cat"), tokenizer.Encode(" the cat"));
        Assert.Equal([.. Trained.Encode(" the"), 0, .. Trained.Encode(" cat")], tokenizer.Encode("the<|endoftext|>cat"));
    }

    [Fact]
    public void A_split_by_gpt2s_pattern_does_what_the_byte_level_step_does()
    {
        var json = Json();
        json["pre_tokenizer"] = JsonNode.Parse($$"""{"type":"Sequence","pretokenizers":[{{Gpt2Split}},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""");
        var tokenizer = Open(json);
        Texts.Any.Sample(text => Assert.Equal(Trained.Encode(text), tokenizer.Encode(text)));
    }

    [Fact]
    public void Without_its_words_a_text_is_one_piece()
    {
        var json = Json();
        json["pre_tokenizer"]!["use_regex"] = false;
        json["model"]!["vocab"]!["eĠ"] = 340;
        json["model"]!["merges"]!.AsArray().Insert(0, "e Ġ");
        var tokenizer = Open(json);
        Assert.Contains(340, tokenizer.Encode("the cat"));
        tokenizer.Save(folder.File("words.json"));
        Assert.Contains(340, Tokenizer.Open(folder.File("words.json")).Encode("the cat"));
    }

    [Theory]
    [InlineData("lstrip", "the  <m> cat", "the", " cat")]
    [InlineData("rstrip", "the  <m> cat", "the  ", "cat")]
    [InlineData("normalized", "the<m>cat", "the", "cat")]
    [InlineData("single_word", "the <m> cat", "the ", " cat")]
    public void Added_tokens_keep_their_manners(string manner, string text, string before, string after)
    {
        var json = Json();
        json["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 340, ["content"] = "<m>", ["normalized"] = manner == "normalized", [manner] = true });
        Open(json).Save(folder.File("manners.json"));
        var tokenizer = Tokenizer.Open(folder.File("manners.json"));
        Assert.Equal([.. Trained.Encode(before), 340, .. Trained.Encode(after)], tokenizer.Encode(text));
        Assert.Equal(manner != "single_word", tokenizer.Encode("the<m>cat").Contains(340));
        Assert.DoesNotContain("<m>", tokenizer.SpecialTokens);
        Assert.Equal(340, tokenizer.Find("<m>"));
    }

    [Theory]
    [InlineData("normalizer", """{"type":"NFKC"}""", "normalizer is NFKC")]
    [InlineData("pre_tokenizer", """{"type":"BertPreTokenizer"}""", "pre_tokenizer BertPreTokenizer")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Digits"},{"type":"ByteLevel"}]}""", "pre_tokenizer Digits, ByteLevel")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"\\d"},"behavior":"Removed"},{"type":"ByteLevel"}]}""", "Split /\\d/ Removed")]
    [InlineData("decoder", """{"type":"WordPiece"}""", "decoder WordPiece")]
    [InlineData("decoder", "null", "decoder none")]
    [InlineData("model", """{"type":"WordPiece"}""", "model is WordPiece")]
    [InlineData("model", "null", "model is missing")]
    [InlineData("model", "[]", "model is a JSON array")]
    [InlineData("model.dropout", "0.1", "dropout")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "'</w>'")]
    [InlineData("model.vocab", "7", "model.vocab is a JSON number")]
    [InlineData("model.vocab.the", "1.5", "'the' is 1.5")]
    [InlineData("model.vocab.the", "\"1\"", "'the' is \"1\"")]
    [InlineData("model.vocab.the", "12", "the id 12 stands for two tokens")]
    [InlineData("model.vocab.the", "2000000000", "id 2000000000")]
    [InlineData("model.vocab.the", "-1", "id -1")]
    [InlineData("model.vocab.a b", "340", "'a b', is not written in the byte alphabet")]
    [InlineData("model.merges", "{}", "model.merges is a JSON object")]
    [InlineData("model.merges", "[\"a\"]", "model.merges[0] is \"a\"")]
    [InlineData("model.merges", "[[\"a\",1]]", "model.merges[0]")]
    [InlineData("model.merges", "[\"a zz\"]", "merges 'zz', which is no token")]
    [InlineData("model.merges", "[\"! !\"]", "makes no token")]
    [InlineData("added_tokens", "[{\"id\":3,\"content\":\"<|endoftext|>\"}]", "two ids")]
    [InlineData("added_tokens", "[{\"id\":340,\"content\":\"\"}]", "without content")]
    [InlineData("added_tokens", "[{\"content\":\"x\"}]", "added_tokens[0].id is missing")]
    [InlineData("added_tokens", "[{\"id\":5000,\"content\":\"<x>\"}]", "id 5000")]
    public void What_is_not_supported_or_damaged_is_named(string place, string value, string message)
    {
        var json = Json();
        var names = place.Split('.');
        var parent = names[..^1].Aggregate((JsonNode)json, (node, name) => node[name]!);
        parent[names[^1]] = JsonNode.Parse(value);
        Errors.AreOneLineWith(() => Open(json), "tokenizer.json", message);
    }

    [Fact]
    public void Added_tokens_have_a_limit_and_are_found_up_to_it()
    {
        var json = Json();
        var added = json["added_tokens"]!.AsArray();
        for (var id = 340; added.Count < 1 << 16; id++)
            added.Add(new JsonObject { ["id"] = id, ["content"] = $"<extra_{id}>" });
        Assert.Equal([65873, 340], Open(json).Encode("<extra_65873><extra_340>"));
        added.Add(new JsonObject { ["id"] = 65874, ["content"] = "<one_more>" });
        Errors.AreOneLineWith(() => Open(json), "65537 tokens, at most 65536");
    }

    [Fact]
    public void A_text_without_a_place_to_cut_it_has_a_limit() =>
        Errors.AreOneLineWith(() => Trained.Encode(new string('a', (1 << 24) + 1)), "16777217 characters");

    [Fact]
    public void A_repeated_merge_is_refused()
    {
        var json = Json();
        var merges = json["model"]!["merges"]!.AsArray();
        merges.Add((string)merges[1]!);
        Errors.AreOneLineWith(() => Open(json), "repeats merge 1");
    }

    [Fact]
    public void A_byte_without_a_token_is_missed()
    {
        var json = Json();
        var vocabulary = json["model"]!["vocab"]!.AsObject();
        vocabulary.Remove("ÿ");
        vocabulary["ÿÿ"] = 2 + 255;
        Errors.AreOneLineWith(() => Open(json), "no token for the byte 0xFF");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"\ud800":0},"merges":[]}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"a":0,"a":1},"merges":[]}}""")]
    public void What_is_no_tokenizer_is_refused_in_one_line(string text)
    {
        File.WriteAllText(folder.File("tokenizer.json"), text);
        Errors.AreOneLineWith(() => Tokenizer.Open(folder.File("tokenizer.json")), "tokenizer.json");
    }

    [Fact]
    public void Deep_nesting_is_refused() =>
        What_is_no_tokenizer_is_refused_in_one_line("{\"normalizer\":" + string.Concat(Enumerable.Repeat("{\"type\":\"Sequence\",\"normalizers\":[", 100_000)));

    [Fact]
    public void A_missing_file_is_named() => Errors.AreOneLineWith(() => Tokenizer.Open(folder.File("none.json")), "none.json");

    [Fact]
    public void No_damage_crashes_the_reader()
    {
        Texts.Train(["the cat the cat"], 262, ["<s>"]).Save(folder.File("whole.json"));
        var whole = File.ReadAllBytes(folder.File("whole.json"));
        var path = folder.File("tokenizer.json");
        var damage = Gen.Select(Gen.Int[0, whole.Length - 1], Gen.OneOf(Gen.Byte, Gen.Char["\"{}[]:,0129-eĠ\\"].Select(c => (byte)c)), Gen.Int[0, 3]).Array[1, 4];
        damage.Sample(
            changes =>
            {
                var bytes = whole.ToList();
                foreach (var (at, value, kind) in changes)
                {
                    var place = at % bytes.Count;
                    if (kind == 0)
                        bytes.RemoveRange(place, Math.Min(1 + value, bytes.Count - place - 1));
                    else if (kind == 1)
                        bytes.Insert(place, value);
                    else
                        bytes[place] = value;
                }

                File.WriteAllBytes(path, [.. bytes]);
                try
                {
                    var tokenizer = Tokenizer.Open(path);
                    // Without its add_prefix_space a file means true, HuggingFace's standard, so a space may come before the text.
                    Assert.EndsWith("the cat", tokenizer.Decode(tokenizer.Encode("the cat")), StringComparison.Ordinal);
                }
                catch (NestorException error)
                {
                    Assert.DoesNotContain(error.Message, char.IsControl);
                }
            },
            iter: 500,
            threads: 1);
    }

    private JsonObject Json()
    {
        Trained.Save(folder.File("trained.json"));
        return JsonNode.Parse(File.ReadAllText(folder.File("trained.json"), Encoding.UTF8))!.AsObject();
    }

    private Tokenizer Open(JsonNode json)
    {
        File.WriteAllText(folder.File("tokenizer.json"), json.ToJsonString());
        return Tokenizer.Open(folder.File("tokenizer.json"));
    }
}
