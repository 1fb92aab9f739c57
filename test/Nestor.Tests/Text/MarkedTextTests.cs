using CsCheck;
using Nestor.Tests.Formats;
using Nestor.Text;

namespace Nestor.Tests.Text;

/// <summary>Whatever content spells, markup is found in markup alone.</summary>
public sealed class MarkedTextTests : IDisposable
{
    private static readonly Tokenizer ByteLevel = Texts.Train(Texts.Corpus, 340, ["<|end|>", "<|user|>", "<|user|>s"]);

    private readonly TemporaryFolder folder = new();
    private readonly Tokenizer sentencePiece;

    public MarkedTextTests()
    {
        // A special token found in normalised text, a run of spaces, and a mark that its author forgot to call special.
        var bytes = string.Concat(Enumerable.Range(0, 256).Select(b => $"\"{SentencePieceText.ByteToken(b)}\":{b + 3},"));
        File.WriteAllText(folder.File("tokenizer.json"), $$"""
            {
              "added_tokens": [
                {"id":0,"content":"<unk>","special":true,"normalized":false},
                {"id":1,"content":"<s>","special":true,"normalized":false},
                {"id":2,"content":"</s>","special":true,"normalized":true},
                {"id":262,"content":"\t\t","special":false,"normalized":false},
                {"id":263,"content":"[turn]","special":false,"normalized":false}
              ],
              "normalizer": {"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},
              "decoder": {"type":"Sequence","decoders":[
                {"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
              "model": {"type":"BPE","unk_token":"<unk>","byte_fallback":true,"vocab":{"<unk>":0,"<s>":1,"</s>":2,{{bytes}}"▁":259,"h":260,"▁h":261,"\t\t":262,"[turn]":263},
                "merges":["▁ h"]}
            }
            """);
        sentencePiece = Tokenizer.Open(folder.File("tokenizer.json"));
    }

    private static Gen<string> Pieces => Texts.OneOf("<|end|>", "<|user|>", "<|user|>s", "<|us", "er|>", "<|", "s", " ", "<s>", "</s>", "</", "[turn]", "\t\t", "hello").Array[0, 6].Select(string.Concat);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Content_gives_no_special_token_and_decodes_to_itself() =>
        Pieces.Sample(content =>
        {
            foreach (var tokenizer in (Tokenizer[])[ByteLevel, sentencePiece])
            {
                var tokens = Encode(tokenizer, text => text.AddContent(content));
                Assert.DoesNotContain(tokens, tokenizer.SpecialTokens.Values.Contains);
                Assert.Equal(WithoutSpaces(content), WithoutSpaces(tokenizer.Decode([.. tokens])));
            }
        }, iter: 2000);

    [Fact]
    public void Markup_around_content_gives_its_own_tokens_and_no_more() =>
        Gen.Select(Pieces, Pieces).Sample((first, second) =>
        {
            var tokens = Encode(ByteLevel, text =>
            {
                text.AddMarkup("<|user|>");
                text.AddContent(first);
                text.AddMarkup("<|end|>");
                text.AddContent(second);
                text.AddMarkup("<|end|>");
            });
            Assert.Equal(
                [ByteLevel.SpecialTokens["<|user|>"], ByteLevel.SpecialTokens["<|end|>"], ByteLevel.SpecialTokens["<|end|>"]],
                tokens.Where(ByteLevel.SpecialTokens.Values.Contains));
            Assert.Equal($"<|user|>{first}<|end|>{second}<|end|>", ByteLevel.Decode([.. tokens]));
        }, iter: 2000);

    [Fact]
    public void A_token_that_begins_in_markup_and_ends_in_content_is_none()
    {
        var whole = ByteLevel.SpecialTokens["<|user|>s"];
        Assert.Equal([whole], Encode(ByteLevel, text => text.AddMarkup("<|user|>s")));
        Assert.DoesNotContain(whole, Encode(ByteLevel, text =>
        {
            text.AddMarkup("<|user|>");
            text.AddContent("s");
        }));
    }

    [Fact]
    public void Text_without_markup_in_its_content_has_the_tokens_of_the_whole_text() =>
        Gen.Select(Texts.OneOf("h", " h", "h h", "", "a\t\tb"), Texts.OneOf("h ", " h", "x")).Sample((first, second) =>
        {
            var tokens = Encode(sentencePiece, text =>
            {
                text.AddMarkup("<s>h ");
                text.AddContent(first);
                text.AddContent(second);
                text.AddMarkup(" </s>");
            });
            Assert.Equal(sentencePiece.Encode($"<s>h {first}{second} </s>"), tokens);
        }, iter: 100);

    [Fact]
    public void What_the_template_uses_as_a_mark_is_one_even_if_the_tokenizer_does_not_call_it_special()
    {
        Assert.Contains(263, Encode(sentencePiece, text => text.AddContent("[turn]")));
        Assert.Single(
            Encode(sentencePiece, text =>
            {
                text.AddMarkup("[turn]");
                text.AddContent("[turn]");
            }),
            263);
    }

    // SentencePiece-style text puts a space behind every added token, special or not.
    private static string WithoutSpaces(string text) => text.Replace(" ", "", StringComparison.Ordinal);

    private static List<int> Encode(Tokenizer tokenizer, Action<MarkedText> write)
    {
        var (text, tokens) = (new MarkedText(), new List<int>());
        write(text);
        tokenizer.Encode(text, tokens);
        return tokens;
    }
}
