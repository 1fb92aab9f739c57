using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nestor.Text;

namespace Nestor.Formats;

/// <summary>The steps of a <c>tokenizer.json</c> around its model: normalizer, pre_tokenizer and decoder.</summary>
/// <remarks>Each is read into one line, and the three lines are compared with those of the kinds of text that Nestor has.</remarks>
internal static class TokenizerJsonText
{
    private const string None = "none", Composed = "NFC", ByteLevel = "ByteLevel";
    private const string Spaces = "Replace ' ' by '▁'", PrefixAndSpaces = $"Prepend '▁', {Spaces}";
    private const string FirstSpace = "Metaspace '▁' first";
    private const string SpacesBack = "Replace '▁' by ' ', ByteFallback, Fuse", PrefixAndSpacesBack = $"{SpacesBack}, Strip ' ' 1 0";

    /// <summary>The kind of text that the steps describe.</summary>
    /// <exception cref="NestorException">Nestor has no such kind.</exception>
    public static TextPipeline Read(JsonPart root, BytePairModel model, ImmutableArray<AddedToken> added)
    {
        var steps = (Line(root["normalizer"]), Line(root["pre_tokenizer"]), Line(root["decoder"]));
        var postProcessor = root["post_processor"] is { IsNull: false } part ? part.Element.GetRawText() : null;
        switch (steps)
        {
            case (None or Composed, _, ByteLevel) when ByteLevelWords(root["pre_tokenizer"], steps.Item2) is { } options:
                return new ByteLevelText(model, added, options with { Composes = steps.Item1 == Composed }) { PostProcessor = postProcessor };
            case (PrefixAndSpaces, None, PrefixAndSpacesBack) or (Spaces, None, SpacesBack) or (None, FirstSpace, PrefixAndSpacesBack):
                if (model.IgnoreMerges)
                    throw new NestorException("model.ignore_merges is true, and only false is supported with the text of Llama 2");
                return new SentencePieceText(model, added, SentencePiece(root["model"], model.Vocabulary, steps.Item3 == PrefixAndSpacesBack, steps.Item2 == FirstSpace)) { PostProcessor = postProcessor };
            default:
                throw new NestorException(
                    $"its normalizer is {Quoted.OneLine(steps.Item1)}, its pre_tokenizer {Quoted.OneLine(steps.Item2)} and its decoder {Quoted.OneLine(steps.Item3)}; "
                    + $"supported are byte-level text (normalizer none or {Composed}, pre_tokenizer {ByteLevel}, alone, or without a prefix space after the step of GPT-2, Llama 3, Qwen 2 or SmolLM, decoder {ByteLevel}) "
                    + $"and the text of Llama 2 (normalizer {PrefixAndSpaces}, pre_tokenizer none, decoder {PrefixAndSpacesBack}; Prepend and Strip may both be missing, or normalizer none and pre_tokenizer {FirstSpace})");
        }
    }

    /// <summary>What a pattern needs before the byte-level step, as JSON; null for nothing.</summary>
    public static string? StepBefore(WordPattern words) => words switch
    {
        WordPattern.Digits => """{"type":"Digits","individual_digits":true}""",
        WordPattern.Llama3 => Split(Llama3Words.Llama3),
        WordPattern.Qwen2 => Split(Llama3Words.Qwen2),
        _ => null,
    };

    private static string Split(string pattern) =>
        $$$"""{"type":"Split","pattern":{"Regex":"{{{JsonEncodedText.Encode(pattern, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}}}"},"behavior":"Isolated","invert":false}""";

    /// <summary>The words of a pre-tokenizer whose last step is byte-level; null if Nestor does not have them.</summary>
    private static ByteLevelOptions? ByteLevelWords(JsonPart preTokenizer, string line)
    {
        if (line != ByteLevel && !line.EndsWith($", {ByteLevel}", StringComparison.Ordinal))
            return null;
        var step = Steps(preTokenizer).Last();
        var (prefix, ownWords) = (step["add_prefix_space"].Boolean(absent: true), step["use_regex"].Boolean(absent: true));
        var before = line[..^ByteLevel.Length];

        // After another step the byte-level one works on each piece, so a space or a second cut would come between any two of them.
        return before switch
        {
            "" => new ByteLevelOptions(prefix, ownWords ? WordPattern.Gpt2 : WordPattern.None),
            $"Split /{Gpt2Words.Pattern}/ Isolated, " when !prefix => new ByteLevelOptions(),
            $"Split /{Llama3Words.Llama3}/ Isolated, " when !prefix && !ownWords => new ByteLevelOptions(Words: WordPattern.Llama3),
            $"Split /{Llama3Words.Qwen2}/ Isolated, " when !prefix && !ownWords => new ByteLevelOptions(Words: WordPattern.Qwen2),
            "Digits one by one, " when !prefix && ownWords => new ByteLevelOptions(Words: WordPattern.Digits),
            _ => null,
        };
    }

    private static SentencePieceOptions SentencePiece(JsonPart model, Vocabulary vocabulary, bool addPrefixSpace, bool prefixFirstOnly)
    {
        var unknown = model["unk_token"].StringOrNull();
        if (unknown is not null && vocabulary.Find(unknown) is null)
            throw new NestorException($"model.unk_token is {Quoted.Quote(unknown)}, which is no token of the vocabulary");
        return new SentencePieceOptions(
            addPrefixSpace,
            prefixFirstOnly,
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
        "Metaspace" => $"Metaspace '{step["replacement"].String}' {step["prepend_scheme"].StringOrNull() ?? "always"}{(step["split"].Boolean(absent: true) ? " split" : "")}",
        "Digits" when step["individual_digits"].Boolean() => "Digits one by one",
        var type => type,
    };

    private static string Pattern(JsonPart pattern) =>
        pattern["Regex"].StringOrNull() is { } regex ? $"/{regex}/" : $"'{pattern["String"].StringOrNull()}'";
}
