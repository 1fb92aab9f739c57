using System.Collections.Immutable;
using System.Text;
using Nestor.Formats;

namespace Nestor.Text;

/// <summary>Turns text into token ids and back: byte-pair encoding as HuggingFace's <c>tokenizer.json</c> describes it.</summary>
/// <remarks>Immutable and safe for concurrent use. Two kinds of text are read: byte-level (GPT-2) and SentencePiece-style (Llama 2).</remarks>
public sealed class Tokenizer
{
    /// <summary>Creates a tokenizer of a pipeline.</summary>
    internal Tokenizer(TextPipeline pipeline)
    {
        Pipeline = pipeline;
        SpecialTokens = pipeline.Added.Where(token => token.Special).ToImmutableDictionary(token => token.Content, token => token.Id);
    }

    /// <summary>Token ids run from 0 to this, exclusive.</summary>
    public int VocabularySize => Pipeline.Model.Vocabulary.Tokens.Length;

    /// <summary>The tokens that mark structure, such as <c>&lt;|endoftext|&gt;</c>, with their ids. They are recognised in text.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>How text becomes tokens.</summary>
    internal TextPipeline Pipeline { get; }

    /// <summary>Reads a <c>tokenizer.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="NestorException">The file cannot be read, is damaged, or describes a tokenizer of another kind.</exception>
    public static Tokenizer Open(string path) => TokenizerJson.Read(path);

    /// <summary>Writes a <c>tokenizer.json</c> that <see cref="Open"/> and HuggingFace's libraries read.</summary>
    /// <param name="path">The file; replaced only when the new one is complete.</param>
    /// <exception cref="NestorException">The file cannot be written.</exception>
    public void Save(string path) => TokenizerJson.Write(path, this);

    /// <summary>The tokens of a text. Nothing is added to it: no token that begins or ends it.</summary>
    /// <exception cref="NestorException">The text has 16 million characters without a place to cut them.</exception>
    public int[] Encode(string text)
    {
        var tokens = new List<int>(text.Length / 3 + 4);
        Encode(text, tokens);
        return [.. tokens];
    }

    /// <summary>Adds the tokens of a text to a list.</summary>
    /// <param name="text">Any text; a lone surrogate is read as U+FFFD.</param>
    /// <param name="tokens">Where the tokens go.</param>
    /// <exception cref="NestorException">The text has 16 million characters without a place to cut them.</exception>
    public void Encode(ReadOnlySpan<char> text, List<int> tokens) => Pipeline.Encode(text, tokens);

    /// <summary>Adds the tokens of a text whose content is not searched for markup.</summary>
    /// <exception cref="NestorException">The text has 16 million characters without a place to cut them.</exception>
    internal void Encode(MarkedText text, List<int> tokens) => Pipeline.Encode(text.ToString(), tokens, text);

    /// <summary>The text of tokens, special ones included; bytes that are not UTF-8 become U+FFFD.</summary>
    /// <exception cref="NestorException">A token is outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var length = 0;
        foreach (var token in tokens)
            length = checked(length + Bytes(token).Length);
        var bytes = new byte[length];
        var end = 0;
        foreach (var token in tokens)
        {
            Bytes(token).CopyTo(bytes.AsSpan(end));
            end += Bytes(token).Length;
        }

        return Encoding.UTF8.GetString(bytes.AsSpan(Pipeline.PrefixLength(bytes)));
    }

    /// <summary>The bytes a token stands for; one character's bytes may be spread over several tokens.</summary>
    /// <exception cref="NestorException">The token is outside the vocabulary.</exception>
    public ReadOnlySpan<byte> Bytes(int token) =>
        (uint)token < (uint)VocabularySize
            ? Pipeline.Bytes[token]
            : throw new NestorException($"There is no token {token}; the vocabulary has tokens 0 to {VocabularySize - 1}.");

    /// <summary>The id of a token as its vocabulary writes it (<c>Ġthe</c>, <c>▁the</c>, <c>&lt;|endoftext|&gt;</c>), or null if there is none.</summary>
    public int? Find(string token) => Pipeline.Model.Vocabulary.Find(token);
}
