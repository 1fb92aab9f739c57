using System.Globalization;
using Nestor.Formats;

namespace Nestor.Tests.Formats;

/// <summary>Vocabularies as llama.cpp's converter writes them, with its golden texts. NESTOR_PEERS names a folder with <c>llama.cpp/models</c>.</summary>
public sealed class PublishedVocabularyTests
{
    [Theory]
    [InlineData("gpt-2")]
    [InlineData("llama-spm")]
    public void A_published_vocabulary_gives_the_golden_tokens(string name)
    {
        var path = Path.Combine(Environment.GetEnvironmentVariable("NESTOR_PEERS") ?? "", "llama.cpp", "models", $"ggml-vocab-{name}.gguf");
        Assert.SkipUnless(File.Exists(path), "Set NESTOR_PEERS to a folder with llama.cpp.");
        using var file = GgufFile.Open(path);
        var tokenizer = GgufTokenizerReader.Read(file)!;
        var inputs = File.ReadAllText(path + ".inp").Split("\n__ggml_vocab_test__\n");
        var outputs = File.ReadAllText(path + ".out").Split('\n');
        for (var i = 0; i < inputs.Length - 1; i++)
        {
            var expected = outputs[i].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture));
            Assert.Equal(expected, tokenizer.Encode(inputs[i]));
        }
    }

    [Theory]
    [InlineData("falcon", "'falcon'")]
    [InlineData("bert-bge", "'bert'")]
    public void A_published_vocabulary_of_another_kind_is_refused(string name, string told)
    {
        var path = Path.Combine(Environment.GetEnvironmentVariable("NESTOR_PEERS") ?? "", "llama.cpp", "models", $"ggml-vocab-{name}.gguf");
        Assert.SkipUnless(File.Exists(path), "Set NESTOR_PEERS to a folder with llama.cpp.");
        using var file = GgufFile.Open(path);
        Errors.AreOneLineWith(() => GgufTokenizerReader.Read(file), told, "--tokenizer");
    }
}
