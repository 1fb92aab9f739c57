using System.Globalization;
using Nestor.Text;

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

    private static string Folder()
    {
        var data = Environment.GetEnvironmentVariable("NESTOR_DATA");
        var folder = Path.Combine(data ?? "", "tokenizers", "gpt2");
        Assert.SkipUnless(data is not null && Directory.Exists(folder), "NESTOR_DATA names no folder with tokenizers/gpt2.");
        return folder;
    }
}
