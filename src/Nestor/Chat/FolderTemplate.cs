using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Chat;

/// <summary>Finds a model folder's chat template: recognised by its marks, never run.</summary>
/// <remarks>
/// Model folders of HuggingFace hold a Jinja program, in <c>chat_template.jinja</c> or as <c>chat_template</c> in
/// <c>tokenizer_config.json</c>. It comes from outside, so it is searched for the marks of the known families and not executed.
/// </remarks>
internal static class FolderTemplate
{
    private const string JinjaFile = "chat_template.jinja", ConfigFile = "tokenizer_config.json";
    private const int LongestFile = 1 << 20;

    // A family is recognised where all its marks are there and none that says otherwise.
    private static readonly (ChatTemplate Template, string[] Marks, string[] Not)[] Families =
    [
        (ChatTemplates.ChatMl, ["<|im_start|>", "<|im_end|>"], ["<|im_sep|>", "[INST]"]),
        (ChatTemplates.Llama3, ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], []),
        (ChatTemplates.Gemma, ["<start_of_turn>", "<end_of_turn>"], []),
        (ChatTemplates.Llama2, ["[INST]", "[/INST]", "<<SYS>>"], []),
        (ChatTemplates.Mistral, ["[INST] ", " [/INST]"], ["<<SYS>>"]),
        (ChatTemplates.MistralV3, ["[INST] ", "[/INST]"], ["<<SYS>>", " [/INST]"]),
        (ChatTemplates.Phi3, ["<|user|>", "<|assistant|>", "<|end|>"], ["<|im_start|>"]),
        (ChatTemplates.Zephyr, ["<|user|>", "<|assistant|>", "eos_token"], ["<|end|>"]),
    ];

    /// <summary>The template of a model folder; <see cref="ChatTemplates.Plain"/> for a folder that has none.</summary>
    /// <exception cref="NestorException">The folder has a template of another kind, or its file is damaged.</exception>
    public static ChatTemplate Of(string folder)
    {
        if (Read(folder) is not { } found)
            return ChatTemplates.Plain;
        var (path, jinja, end) = found;
        foreach (var (family, marks, not) in Families)
        {
            if (!marks.All(Has) || not.Any(Has))
                continue;
            var template = family == ChatTemplates.Zephyr && end is not null ? ChatTemplates.ZephyrEnding(end) : family;
            return template with { Begins = family.Begins || Has("bos_token") };
        }

        throw new NestorException(
            $"The chat template in '{path}' is of no family that Nestor knows ({string.Join(", ", ChatTemplates.All.Select(template => template.Name))}); "
            + "choose the one the model was trained with by ChatTemplates.Named, or describe it with a new ChatTemplate.");

        bool Has(string mark) => jinja.Contains(mark, StringComparison.Ordinal);
    }

    // The program, the file it is in, and the text of the end token that it writes by name.
    private static (string Path, string Jinja, string? End)? Read(string folder)
    {
        string path = Path.Combine(folder, JinjaFile), configPath = Path.Combine(folder, ConfigFile);
        var (inConfig, end) = File.Exists(configPath) ? JsonFile.Read(configPath, root => Read(configPath, new JsonPart(root, ""))) : default;
        if (File.Exists(path))
            return (path, ReadText(path), end);
        return inConfig is null ? null : (configPath, inConfig, end);
    }

    private static (string? Jinja, string? End) Read(string path, JsonPart config)
    {
        try
        {
            var end = config["eos_token"];
            return (Jinja(config["chat_template"]), end.Element.ValueKind == JsonValueKind.Object ? end["content"].String : end.StringOrNull());
        }
        catch (NestorException error)
        {
            throw new NestorException($"The chat template in '{path}' cannot be used: {error.Message}.", error);
        }
    }

    // A text, or a list of named ones of which "default" is for conversations without tools.
    private static string? Jinja(JsonPart part) => part.Element.ValueKind == JsonValueKind.Array
        ? part.Items.Where(item => item["name"].String == "default").Select(item => item["template"].String).FirstOrDefault()
        : part.StringOrNull();

    private static string ReadText(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > LongestFile)
                throw new NestorException($"The chat template '{path}' is {stream.Length} bytes long; one has at most {LongestFile}.");
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(path, error);
        }
    }
}
