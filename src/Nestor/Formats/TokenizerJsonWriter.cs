using System.Text.Encodings.Web;
using System.Text.Json;
using Nestor.Text;

namespace Nestor.Formats;

/// <summary>Writes a <c>tokenizer.json</c> as HuggingFace's libraries lay it out.</summary>
internal static class TokenizerJsonWriter
{
    /// <summary>Writes a tokenizer.</summary>
    public static void Write(Stream stream, TextPipeline text)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAdded(json, text);
        switch (text)
        {
            case ByteLevelText byteLevel:
                WriteSteps(json, byteLevel.Options, text.PostProcessor);
                WriteModel(json, text.Model, unknown: null, fuseUnknown: false, byteFallback: false);
                break;
            case SentencePieceText sentencePiece:
                var options = sentencePiece.Options;
                WriteSteps(json, options, text.PostProcessor);
                WriteModel(json, text.Model, options.UnknownToken is { } id ? text.Model.Vocabulary.Tokens[id] : null, options.FuseUnknown, options.ByteFallback);
                break;
            default:
                throw new NotSupportedException(text.GetType().Name);
        }

        json.WriteEndObject();
    }

    private static void WriteAdded(Utf8JsonWriter json, TextPipeline text)
    {
        json.WriteStartArray("added_tokens");
        foreach (var token in text.Added)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token.Id);
            json.WriteString("content", token.Content);
            json.WriteBoolean("single_word", token.SingleWord);
            json.WriteBoolean("lstrip", token.LeftStrip);
            json.WriteBoolean("rstrip", token.RightStrip);
            json.WriteBoolean("normalized", token.Normalized);
            json.WriteBoolean("special", token.Special);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSteps(Utf8JsonWriter json, ByteLevelOptions options, string? postProcessor)
    {
        json.WritePropertyName("normalizer");
        json.WriteRawValue(options.Composes ? """{"type":"NFC"}""" : "null");
        var before = TokenizerJsonText.StepBefore(options.Words);
        var byteLevel = ByteLevel(options.AddPrefixSpace, useRegex: options.Words is WordPattern.Gpt2 or WordPattern.Digits);
        json.WritePropertyName("pre_tokenizer");
        json.WriteRawValue(before is null ? byteLevel : $$"""{"type":"Sequence","pretokenizers":[{{before}},{{byteLevel}}]}""");
        WritePostProcessor(json, postProcessor);
        json.WritePropertyName("decoder");
        json.WriteRawValue(byteLevel);

        static string ByteLevel(bool addPrefixSpace, bool useRegex) =>
            $$"""{"type":"ByteLevel","add_prefix_space":{{(addPrefixSpace ? "true" : "false")}},"trim_offsets":true,"use_regex":{{(useRegex ? "true" : "false")}}}""";
    }

    private static void WriteSteps(Utf8JsonWriter json, SentencePieceOptions options, string? postProcessor)
    {
        if (options.PrefixFirstOnly)
        {
            json.WriteNull("normalizer");
            json.WritePropertyName("pre_tokenizer");
            json.WriteRawValue("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":false}""");
        }
        else
        {
            WriteSequence("normalizer", "normalizers", options.AddPrefixSpace
                ? ["""{"type":"Prepend","prepend":"▁"}""", """{"type":"Replace","pattern":{"String":" "},"content":"▁"}"""]
                : ["""{"type":"Replace","pattern":{"String":" "},"content":"▁"}"""]);
            json.WriteNull("pre_tokenizer");
        }

        WritePostProcessor(json, postProcessor);
        string[] back = ["""{"type":"Replace","pattern":{"String":"▁"},"content":" "}""", """{"type":"ByteFallback"}""", """{"type":"Fuse"}"""];
        WriteSequence("decoder", "decoders", options.AddPrefixSpace ? [.. back, """{"type":"Strip","content":" ","start":1,"stop":0}"""] : back);

        void WriteSequence(string name, string items, ReadOnlySpan<string> steps)
        {
            json.WriteStartObject(name);
            json.WriteString("type", "Sequence");
            json.WriteStartArray(items);
            foreach (var step in steps)
                json.WriteRawValue(step);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }

    private static void WritePostProcessor(Utf8JsonWriter json, string? postProcessor)
    {
        json.WritePropertyName("post_processor");
        json.WriteRawValue(postProcessor ?? "null");
    }

    private static void WriteModel(Utf8JsonWriter json, BytePairModel model, string? unknown, bool fuseUnknown, bool byteFallback)
    {
        var tokens = model.Vocabulary.Tokens;
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteString("unk_token", unknown);
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", fuseUnknown);
        json.WriteBoolean("byte_fallback", byteFallback);
        json.WriteBoolean("ignore_merges", model.IgnoreMerges);
        json.WriteStartObject("vocab");
        for (var id = 0; id < tokens.Length; id++)
            json.WriteNumber(tokens[id], id);
        json.WriteEndObject();

        // Merges as "a b" are what every version reads; only a token that has a space itself asks for pairs.
        var pairs = model.Merges.Any(merge => tokens[merge.Left].Contains(' ') || tokens[merge.Right].Contains(' '));
        json.WriteStartArray("merges");
        foreach (var (left, right) in model.Merges)
        {
            if (!pairs)
            {
                json.WriteStringValue($"{tokens[left]} {tokens[right]}");
                continue;
            }

            json.WriteStartArray();
            json.WriteStringValue(tokens[left]);
            json.WriteStringValue(tokens[right]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
