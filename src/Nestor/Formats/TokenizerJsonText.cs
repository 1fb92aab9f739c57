using System.Collections.Immutable;
using Nestor.Text;

namespace Nestor.Formats;

/// <summary>The steps of a <c>tokenizer.json</c> around its model: normalizer, pre_tokenizer and decoder.</summary>
/// <remarks>Each is read into one line, and the three lines are compared with those of the kinds of text that Nestor has.</remarks>
internal static class TokenizerJsonText
{
    private const string None = "none";
    private const string ByteLevel = "ByteLevel", WordsFirst = $"Split /{Gpt2Words.Pattern}/ Isolated, {ByteLevel}";
    private const string Spaces = "Replace ' ' by '▁'", PrefixAndSpaces = $"Prepend '▁', {Spaces}";
    private const string SpacesBack = "Replace '▁' by ' ', ByteFallback, Fuse", PrefixAndSpacesBack = $"{SpacesBack}, Strip ' ' 1 0";

    /// <summary>The kind of text that the steps describe.</summary>
    /// <exception cref="NestorException">Nestor has no such kind.</exception>
    public static TextPipeline Read(JsonPart root, BytePairModel model, ImmutableArray<AddedToken> added)
    {
        var steps = (Line(root["normalizer"]), Line(root["pre_tokenizer"]), Line(root["decoder"]));
        var postProcessor = root["post_processor"] is { IsNull: false } part ? part.Element.GetRawText() : null;
        switch (steps)
        {
            case (None, ByteLevel or WordsFirst, ByteLevel):
                var byteLevel = Steps(root["pre_tokenizer"]).Last();
                var splitWords = steps.Item2 == WordsFirst || byteLevel["use_regex"].Boolean(absent: true);
                return new ByteLevelText(model, added, byteLevel["add_prefix_space"].Boolean(absent: true), splitWords) { PostProcessor = postProcessor };
            case (PrefixAndSpaces, None, PrefixAndSpacesBack) or (Spaces, None, SpacesBack):
                return new SentencePieceText(model, added, SentencePiece(root["model"], model.Vocabulary, steps.Item1 == PrefixAndSpaces)) { PostProcessor = postProcessor };
            default:
                throw new NestorException(
                    $"its normalizer is {Quoted.OneLine(steps.Item1)}, its pre_tokenizer {Quoted.OneLine(steps.Item2)} and its decoder {Quoted.OneLine(steps.Item3)}; "
                    + $"supported are the byte-level text of GPT-2 (normalizer none, pre_tokenizer {ByteLevel} with or without a Split by GPT-2's pattern before it, decoder {ByteLevel}) "
                    + $"and the text of Llama 2 (normalizer {PrefixAndSpaces}, pre_tokenizer none, decoder {PrefixAndSpacesBack}; Prepend and Strip may both be missing)");
        }
    }

    private static SentencePieceOptions SentencePiece(JsonPart model, Vocabulary vocabulary, bool addPrefixSpace)
    {
        var unknown = model["unk_token"].StringOrNull();
        if (unknown is not null && vocabulary.Find(unknown) is null)
            throw new NestorException($"model.unk_token is {Quoted.Quote(unknown)}, which is no token of the vocabulary");
        return new SentencePieceOptions(
            addPrefixSpace,
            model["byte_fallback"].Boolean(),
            unknown is null ? null : vocabulary.Find(unknown),
            model["fuse_unk"].Boolean());
    }

    private static string Line(JsonPart part) => part.IsNull ? None : string.Join(", ", Steps(part).Select(Step));

    /// <summary>The steps of a sequence, or the one step that stands for itself.</summary>
    private static IEnumerable<JsonPart> Steps(JsonPart part)
    {
        if (part.Type != "Sequence")
            return [part];
        foreach (var name in (ReadOnlySpan<string>)["normalizers", "pretokenizers", "decoders"])
        {
            if (!part[name].IsNull)
                return part[name].Items.SelectMany(Steps);
        }

        return [];
    }

    private static string Step(JsonPart step) => step["type"].String switch
    {
        "Prepend" => $"Prepend '{step["prepend"].String}'",
        "Replace" => $"Replace {Pattern(step["pattern"])} by '{step["content"].String}'",
        "Strip" => $"Strip '{step["content"].StringOrNull()}' {step["start"].Int32} {step["stop"].Int32}",
        "Split" => $"Split {Pattern(step["pattern"])} {step["behavior"].String}{(step["invert"].Boolean() ? " inverted" : "")}",
        var type => type,
    };

    private static string Pattern(JsonPart pattern) =>
        pattern["Regex"].StringOrNull() is { } regex ? $"/{regex}/" : $"'{pattern["String"].StringOrNull()}'";
}
