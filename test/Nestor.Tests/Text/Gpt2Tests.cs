using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.ML.Tokenizers;
using Nestor.Tests.Formats;
using Nestor.Text;
using Tokenizer = Nestor.Text.Tokenizer;

namespace Nestor.Tests.Text;

/// <summary>The published GPT-2 tokenizer, read from NESTOR_DATA.</summary>
public sealed class Gpt2Tests
{
    [Fact]
    public void Gpt2_encodes_the_golden_cases()
    {
        var folder = Folder();
        var tokenizer = Tokenizer.Open(Path.Combine(folder, "tokenizer.json"));
        var inputs = File.ReadAllText(Path.Combine(folder, "golden.inp")).Split("\n__ggml_vocab_test__\n");
        var outputs = File.ReadAllText(Path.Combine(folder, "golden.out")).Split('\n');
        Assert.Equal(50257, tokenizer.VocabularySize);
        for (var i = 0; i < 47; i++)
        {
            var expected = outputs[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture));
            Assert.Equal(expected, tokenizer.Encode(inputs[i]));
            Assert.Equal(inputs[i], tokenizer.Decode(tokenizer.Encode(inputs[i])));
        }
    }

    [Fact]
    public void Gpt2_encodes_as_Microsofts_tokenizer_does()
    {
        var folder = Folder();
        var tokenizer = Tokenizer.Open(Path.Combine(folder, "tokenizer.json"));
        using var ranks = new MemoryStream();
        for (var id = 0; id < 50256; id++)
            ranks.Write(Encoding.ASCII.GetBytes($"{Convert.ToBase64String(tokenizer.Bytes(id))} {id}\n"));
        ranks.Position = 0;
        var oracle = TiktokenTokenizer.Create(ranks, new RegexPreTokenizer(new Regex(Gpt2Words.Pattern, RegexOptions.Compiled), null), null);

        // Its regular expression takes the halves of astral letters and numbers for punctuation.
        Texts.Valid.Where(text => text.EnumerateRunes().All(rune => rune.IsBmp || !Rune.IsLetterOrDigit(rune) && !Rune.IsNumber(rune)))
            .Sample(text => Assert.Equal(oracle.EncodeToIds(text), tokenizer.Encode(text)), iter: 2000);
        var wiki = Path.Combine(folder, "..", "..", "text", "wiki.test.raw");
        Assert.SkipUnless(File.Exists(wiki), "NESTOR_DATA has no text/wiki.test.raw.");
        foreach (var line in File.ReadLines(wiki).Take(500))
            Assert.Equal(oracle.EncodeToIds(line), tokenizer.Encode(line));
    }

    [Fact]
    public void Saving_and_opening_gpt2_changes_nothing()
    {
        var tokenizer = Tokenizer.Open(Path.Combine(Folder(), "tokenizer.json"));
        using var folder = new TemporaryFolder();
        tokenizer.Save(folder.File("tokenizer.json"));
        var again = Tokenizer.Open(folder.File("tokenizer.json"));
        Assert.Equal(tokenizer.Pipeline.Model.Merges, again.Pipeline.Model.Merges);
        Assert.Equal(tokenizer.Pipeline.Model.Vocabulary.Tokens, again.Pipeline.Model.Vocabulary.Tokens);
        Assert.Equal(tokenizer.SpecialTokens, again.SpecialTokens);
        Assert.Equal([50256], again.Encode("<|endoftext|>"));
    }

    private static string Folder()
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA");
        var folder = Path.Combine(data ?? "", "tokenizers", "gpt2");
        Assert.SkipUnless(data is not null && Directory.Exists(folder), "NESTOR_DATA names no folder with tokenizers/gpt2.");
        return folder;
    }
}
