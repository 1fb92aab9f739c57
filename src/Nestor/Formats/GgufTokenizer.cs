using System.Globalization;
using Nestor.Models;
using Nestor.Text;

namespace Nestor.Formats;

/// <summary>A tokenizer as a GGUF file's metadata hold it: <c>gpt2</c> for byte-level text, <c>llama</c> for SentencePiece-style text.</summary>
internal static class GgufTokenizer
{
    /// <summary>What the keys begin with.</summary>
    internal const string Prefix = "tokenizer.ggml.";

    /// <summary>Says of a file that its tokens are only names that readers insist on, because the model has no tokenizer.</summary>
    internal const string Placeholders = "nestor.placeholder_tokenizer";

    // Types of tokens.
    internal const int Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6;

    /// <summary>Adds a tokenizer; for a model without one, the least vocabulary that the format's readers take.</summary>
    /// <param name="metadata">Where it goes.</param>
    /// <param name="tokenizer">The model's tokenizer, if it has one; ids behind its last token are unused.</param>
    /// <param name="config">The model's shape.</param>
    /// <exception cref="NestorException">GGUF's readers would cut text into other tokens.</exception>
    public static void Add(GgufMetadata metadata, Tokenizer? tokenizer, ModelConfig config)
    {
        switch (tokenizer?.Pipeline)
        {
            case ByteLevelText { Options.AddPrefixSpace: true }:
                throw new NestorException("The tokenizer gives text a space at its beginning, which GGUF's readers do not do with byte-level text; export a model with another tokenizer.");
            case ByteLevelText text:
                metadata.Add(Prefix + "model", "gpt2");
                metadata.Add(Prefix + "pre", Pattern(text.Options.Words));
                AddTokens(metadata, text, config, unknown: null);
                metadata.Add(Prefix + "merges", [.. text.Model.Merges.Select(merge => $"{text.Model.Vocabulary.Tokens[merge.Left]} {text.Model.Vocabulary.Tokens[merge.Right]}")]);
                metadata.Add(Prefix + "add_space_prefix", false);
                break;
            case SentencePieceText text:
                metadata.Add(Prefix + "model", "llama");
                AddTokens(metadata, text, config, text.Options.UnknownToken);
                metadata.Add(Prefix + "scores", Scores(text.Model, config.VocabularySize));
                metadata.Add(Prefix + "add_space_prefix", text.Options.AddPrefixSpace);
                if (text.Options.UnknownToken is { } id)
                    metadata.Add(Prefix + "unknown_token_id", (uint)id);
                break;
            default:
                AddPlaceholders(metadata, config.VocabularySize);
                break;
        }

        if (config.BeginToken is { } begin)
            metadata.Add(Prefix + "bos_token_id", (uint)begin);
        if (config.EndToken is { } end)
            metadata.Add(Prefix + "eos_token_id", (uint)end);
        if (config.FurtherEndTokens is [var turn, ..])
            metadata.Add(Prefix + "eot_token_id", (uint)turn);
        metadata.Add(Prefix + "add_bos_token", config.TokenBeforeText is not null);
        metadata.Add(Prefix + "add_eos_token", false);
    }

    /// <summary>What the format calls a way to cut words.</summary>
    internal static string Pattern(WordPattern words) => words switch
    {
        WordPattern.Gpt2 => "gpt-2",
        WordPattern.Digits => "smollm",
        WordPattern.Llama3 => "llama-bpe",
        WordPattern.Qwen2 => "qwen2",
        _ => throw new NestorException("The tokenizer does not cut text into words before it merges bytes, which GGUF's readers always do; export a model with another tokenizer."),
    };

    private static void AddTokens(GgufMetadata metadata, TextPipeline text, ModelConfig config, int? unknown)
    {
        var vocabulary = text.Model.Vocabulary;
        var tokens = Enumerable.Range(0, config.VocabularySize).Select(id => id < vocabulary.Tokens.Length ? vocabulary.Tokens[id] : Placeholder(id)).ToArray();
        var types = tokens.Select((_, id) => id < vocabulary.Tokens.Length ? Normal : Unused).ToArray();
        foreach (var token in text.Added)
            (tokens[token.Id], types[token.Id]) = (token.Content, token.Special ? Control : UserDefined);
        for (var b = 0; b < 256 && text is SentencePieceText { Options.ByteFallback: true }; b++)
        {
            if (vocabulary.Find(SentencePieceText.ByteToken(b)) is { } id)
                types[id] = Byte;
        }

        if (unknown is { } unknownId)
            types[unknownId] = Unknown;
        metadata.Add(Prefix + "tokens", tokens);
        metadata.Add(Prefix + "token_type", types);
    }

    /// <summary>Scores whose order is that of the merges: a token is joined before those of a lower score, and what no merge makes comes last.</summary>
    private static float[] Scores(BytePairModel model, int vocabularySize)
    {
        var scores = new float[vocabularySize];
        Array.Fill(scores, -model.Merges.Length);
        for (var rank = model.Merges.Length - 1; rank >= 0; rank--)
            scores[model.Results[rank]] = -rank;
        return scores;
    }

    /// <summary>Unknown, begin and end, the bytes as far as there is room, and names for the rest.</summary>
    private static void AddPlaceholders(GgufMetadata metadata, int vocabularySize)
    {
        string[] first = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(SentencePieceText.ByteToken)];
        var ids = Enumerable.Range(0, vocabularySize).ToArray();
        metadata.Add(Prefix + "model", "llama");
        metadata.Add(Prefix + "tokens", [.. ids.Select(id => id < first.Length ? first[id] : Placeholder(id))]);
        metadata.Add(Prefix + "token_type", [.. ids.Select(id => id == 0 ? Unknown : id < 3 ? Control : id < first.Length ? Byte : Normal)]);
        metadata.Add(Prefix + "scores", new float[vocabularySize]);
        metadata.Add(Placeholders, true);
    }

    private static string Placeholder(int id) => string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]");
}
