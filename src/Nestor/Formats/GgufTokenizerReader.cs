using System.Collections.Immutable;
using Nestor.Text;

namespace Nestor.Formats;

/// <summary>Reads the tokenizer of a GGUF file's metadata: what <see cref="GgufTokenizer"/> writes, and what other tools write of the same kinds.</summary>
internal static class GgufTokenizerReader
{
    /// <summary>Longest token of SentencePiece-style text: every way to split it is looked up.</summary>
    private const int LongestToken = 256;

    /// <summary>Most tokens that are looked for in text as they are written.</summary>
    private const int MostAddedTokens = 1 << 16;

    /// <summary>The tokenizer, or null if the model has none.</summary>
    /// <exception cref="NestorException">The tokenizer is damaged, or of a kind that Nestor does not have.</exception>
    public static Tokenizer? Read(GgufFile file)
    {
        var isPlaceholder = file.Metadata.TryGetValue(GgufTokenizer.Placeholders, out var flag) && flag.Truth;
        if (isPlaceholder || Find(file, "model") is not { } model)
            return null;
        try
        {
            return model.Text switch
            {
                "gpt2" => ByteLevel(file),
                "llama" => SentencePiece(file),
                "no_vocab" or "none" => null,
                var other => throw new NestorException($"its kind is {Quoted.Quote(other)}, and only gpt2 and llama are supported"),
            };
        }
        catch (NestorException error)
        {
            throw new NestorException($"The tokenizer in '{file.Path}' cannot be used: {error.Message.TrimEnd('.')}. Give a tokenizer.json instead (--tokenizer).", error);
        }
    }

    private static Tokenizer ByteLevel(GgufFile file)
    {
        WordPattern[] known = [WordPattern.Gpt2, WordPattern.Digits, WordPattern.Llama3, WordPattern.Qwen2];
        var pattern = Find(file, "pre")?.Text ?? "default";
        var words = Array.Find(known, words => GgufTokenizer.Pattern(words) == pattern);
        if (words == WordPattern.None)
            throw new NestorException($"it cuts text into words as {Quoted.Quote(pattern)}, and only {string.Join(", ", known.Select(GgufTokenizer.Pattern))} are supported");
        var (tokens, types) = Tokens(file);
        var vocabulary = new Vocabulary(tokens);
        var lines = Find(file, "merges")?.Texts() ?? throw new NestorException("it has no merges");
        var merges = new (int, int)[lines.Length];
        for (var rank = 0; rank < lines.Length; rank++)
        {
            // A token can begin with a space itself; the one that parts the two is the first behind the beginning.
            var space = lines[rank].Length > 1 ? lines[rank].IndexOf(' ', 1) : -1;
            merges[rank] = space > 0 ? (Id(lines[rank].AsSpan(0, space)), Id(lines[rank].AsSpan(space + 1))) : throw new NestorException($"merge {rank} is {Quoted.Quote(lines[rank])}, two tokens were wanted");
        }

        // What goes with the words in the models that are published with them.
        var model = new BytePairModel(vocabulary, merges) { IgnoreMerges = words == WordPattern.Llama3 };
        var options = new ByteLevelOptions(Words: words, Composes: words == WordPattern.Qwen2);
        return new Tokenizer(new ByteLevelText(model, Added(tokens, types), options));

        int Id(ReadOnlySpan<char> token) => vocabulary.Find(token) ?? throw new NestorException($"a merge joins {Quoted.Quote(token.ToString())}, which is no token");
    }

    private static Tokenizer SentencePiece(GgufFile file)
    {
        var (tokens, types) = Tokens(file);
        var scores = Find(file, "scores")?.Numbers() ?? throw new NestorException("it has no scores");
        if (scores.Length < tokens.Length)
            throw new NestorException($"it has {scores.Length} scores for {tokens.Length} tokens");
        if (Array.Find(tokens, token => token.Length > LongestToken) is { } tooLong)
            throw new NestorException($"the token {Quoted.Quote(tooLong)} has {tooLong.Length} characters, at most {LongestToken} are supported");
        var vocabulary = new Vocabulary(tokens);
        var model = new BytePairModel(vocabulary, ScoredMerges.Of(vocabulary, scores, id => types[id] == GgufTokenizer.Normal));
        var unknown = Find(file, "unknown_token_id")?.Int32 ?? Array.IndexOf(types, GgufTokenizer.Unknown);
        return new Tokenizer(new SentencePieceText(model, Added(tokens, types), new SentencePieceOptions(
            AddPrefixSpace: Find(file, "add_space_prefix")?.Truth ?? true,
            ByteFallback: types.Contains(GgufTokenizer.Byte),
            UnknownToken: (uint)unknown < (uint)tokens.Length ? unknown : null)));
    }

    /// <summary>The tokens and their types, without those at the end that only fill the model's vocabulary.</summary>
    private static (string[] Tokens, int[] Types) Tokens(GgufFile file)
    {
        var tokens = Find(file, "tokens")?.Texts() ?? throw new NestorException("it has no tokens");
        var types = Find(file, "token_type")?.Int32s() ?? [.. Enumerable.Repeat(GgufTokenizer.Normal, tokens.Length)];
        if (types.Length != tokens.Length)
            throw new NestorException($"it has {types.Length} types for {tokens.Length} tokens");
        var used = Array.FindLastIndex(types, type => type != GgufTokenizer.Unused) + 1;
        return (tokens[..used], types[..used]);
    }

    private static ImmutableArray<AddedToken> Added(string[] tokens, int[] types)
    {
        var ids = Enumerable.Range(0, tokens.Length).Where(id => types[id] is GgufTokenizer.Control or GgufTokenizer.UserDefined && tokens[id].Length > 0).ToList();
        return ids.Count <= MostAddedTokens
            ? [.. ids.Select(id => new AddedToken(id, tokens[id], Special: types[id] == GgufTokenizer.Control))]
            : throw new NestorException($"{ids.Count} tokens are looked for as they are written, at most {MostAddedTokens} are supported");
    }

    private static GgufValue? Find(GgufFile file, string key) => file.Metadata.GetValueOrDefault(GgufTokenizer.Prefix + key);
}
