using Nestor.Text;

namespace Nestor.Bench;

/// <summary>A tokenizer for random models: the 256 bytes, and a name for every other token that such a model may choose.</summary>
internal static class BlankTokenizer
{
    public static Tokenizer Of(int vocabularySize)
    {
        string[] bytes = [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.Character((byte)value).ToString())];
        var vocabulary = new Vocabulary([.. bytes, .. Enumerable.Range(bytes.Length, vocabularySize - bytes.Length).Select(id => $"<{id}>")]);
        return new Tokenizer(new ByteLevelText(new BytePairModel(vocabulary, []), []));
    }
}
