using System.Collections.Immutable;
using System.Text.Json;
using Nestor.Text;

namespace Nestor.Formats;

/// <summary>HuggingFace's <c>tokenizer.json</c>: byte-pair encoding over byte-level or SentencePiece-style text.</summary>
internal static class TokenizerJson
{
    private const int MostAddedTokens = 1 << 16;

    /// <summary>Reads a tokenizer.</summary>
    /// <exception cref="NestorException">The file cannot be read, is damaged, or describes a tokenizer of another kind.</exception>
    public static Tokenizer Read(string path) => JsonFile.Read(path, root =>
    {
        try
        {
            return Tokenizer(new JsonPart(root, ""));
        }
        catch (NestorException error)
        {
            throw new NestorException($"The tokenizer '{path}' cannot be used: {error.Message}.", error);
        }
    });

    /// <summary>Writes a tokenizer.</summary>
    /// <exception cref="NestorException">The file cannot be written.</exception>
    public static void Write(string path, Tokenizer tokenizer) => AtomicFile.Write(path, stream => TokenizerJsonWriter.Write(stream, tokenizer.Pipeline));

    private static Tokenizer Tokenizer(JsonPart root)
    {
        var part = root["model"];
        if (part.IsNull || (part["type"].StringOrNull() ?? "BPE") != "BPE")
            throw new NestorException($"its model is {(part.IsNull ? "missing" : part.Type)}, and only BPE is supported");
        if (!part["dropout"].IsNull && !(part["dropout"].Element is { ValueKind: JsonValueKind.Number } dropout && dropout.TryGetDouble(out var share) && share == 0))
            throw new NestorException("model.dropout is set, and only tokenizers that always give the same tokens are supported");
        foreach (var affix in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (!string.IsNullOrEmpty(part[affix].StringOrNull()))
                throw new NestorException($"model.{affix} is {Quoted.Quote(part[affix].String)}, and only an empty one is supported");
        }

        var added = Added(root["added_tokens"]);
        var vocabulary = new Vocabulary(Tokens(part["vocab"], added));
        var model = new BytePairModel(vocabulary, Merges(part["merges"], vocabulary)) { IgnoreMerges = part["ignore_merges"].Boolean() };
        return new Tokenizer(TokenizerJsonText.Read(root, model, added));
    }

    private static ImmutableArray<AddedToken> Added(JsonPart part)
    {
        if (part.IsNull)
            return [];
        if (part.Length > MostAddedTokens)
            throw new NestorException($"{part.Place} has {part.Length} tokens, at most {MostAddedTokens} are supported");
        var added = part.Items.Select(item => new AddedToken(
            item["id"].Int32,
            item["content"].String,
            item["special"].Boolean(),
            item["normalized"].Boolean(absent: true),
            item["single_word"].Boolean(),
            item["lstrip"].Boolean(),
            item["rstrip"].Boolean())).ToImmutableArray();
        if (added.Any(token => token.Content.Length == 0))
            throw new NestorException($"{part.Place} has a token without content");
        return added;
    }

    /// <summary>The texts of all ids. Ids are as many as texts and differ, so they leave no hole exactly when none is too large.</summary>
    private static string[] Tokens(JsonPart vocabulary, ImmutableArray<AddedToken> added)
    {
        var texts = new Dictionary<string, int>();
        foreach (var property in vocabulary.Properties)
            texts.Add(property.Name, property.Value is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var id) ? id : WrongId(property));
        foreach (var token in added)
        {
            if (!texts.TryAdd(token.Content, token.Id) && texts[token.Content] != token.Id)
                throw new NestorException($"the token {Quoted.Quote(token.Content)} has two ids, {texts[token.Content]} and {token.Id}");
        }

        var tokens = new string[texts.Count];
        foreach (var (text, id) in texts)
        {
            if ((uint)id >= (uint)tokens.Length)
                throw new NestorException($"the token {Quoted.Quote(text)} has the id {id}, and {tokens.Length} tokens have the ids 0 to {tokens.Length - 1}");
            if (tokens[id] is { } other)
                throw new NestorException($"the id {id} stands for two tokens, {Quoted.Quote(other)} and {Quoted.Quote(text)}");
            tokens[id] = text;
        }

        return tokens;
    }

    private static (int Left, int Right)[] Merges(JsonPart part, Vocabulary vocabulary)
    {
        var merges = new (int, int)[part.Length];
        var rank = 0;
        foreach (var merge in part.Element.EnumerateArray())
        {
            string left, right;
            if (merge.ValueKind == JsonValueKind.String && merge.GetString()!.Split(' ') is [var first, var second])
                (left, right) = (first, second);
            else if (merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2 && merge.EnumerateArray().All(token => token.ValueKind == JsonValueKind.String))
                (left, right) = (merge[0].GetString()!, merge[1].GetString()!);
            else
                throw new NestorException($"{part.Place}[{rank}] is {Quoted.OneLine(merge.GetRawText())}, two tokens were wanted, as \"a b\" or as [\"a\", \"b\"]");
            merges[rank] = (Id(left, rank), Id(right, rank));
            rank++;
        }

        return merges;

        int Id(string token, int rank) =>
            vocabulary.Find(token) ?? throw new NestorException($"{part.Place}[{rank}] merges {Quoted.Quote(token)}, which is no token of the vocabulary");
    }

    private static int WrongId(JsonProperty token) =>
        throw new NestorException($"the id of the token {Quoted.Quote(token.Name)} is {Quoted.OneLine(token.Value.GetRawText())}, a whole number was wanted");
}
