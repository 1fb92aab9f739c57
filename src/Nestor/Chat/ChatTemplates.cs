namespace Nestor.Chat;

/// <summary>The forms that the large families of open models are trained with.</summary>
public static class ChatTemplates
{
    /// <summary>
    /// For models without a template, which continue texts and know no turns: the messages' texts one after the other, nothing between
    /// them, after the begin token. One message gives exactly what <see cref="Inference.TextGenerator"/> gives for its text.
    /// </summary>
    public static ChatTemplate Plain { get; } = new()
    {
        Name = "plain",
        Begins = true,
        System = new("", ""),
        User = new("", ""),
        Assistant = new("", ""),
        ContinuesText = true,
    };

    /// <summary>ChatML: Qwen, SmolLM, Hermes, Yi and others.</summary>
    public static ChatTemplate ChatMl { get; } = new()
    {
        Name = "chatml",
        System = new("<|im_start|>system\n", "<|im_end|>\n"),
        User = new("<|im_start|>user\n", "<|im_end|>\n"),
        Assistant = new("<|im_start|>assistant\n", "<|im_end|>\n"),
        Answer = "<|im_start|>assistant\n",
        Ends = ["<|im_end|>", "<|endoftext|>"],
    };

    /// <summary>Llama 2 Chat.</summary>
    public static ChatTemplate Llama2 { get; } = new()
    {
        Name = "llama2",
        Begins = true,
        Trims = true,
        Alternates = true,
        System = new("<<SYS>>\n", "\n<</SYS>>\n\n"),
        User = new("[INST] ", " [/INST]"),
        Assistant = new(" ", " </s><s>"),
    };

    /// <summary>Llama 3 Instruct and its successors 3.1 to 3.3.</summary>
    public static ChatTemplate Llama3 { get; } = new()
    {
        Name = "llama3",
        Begins = true,
        Trims = true,
        System = new("<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>"),
        User = new("<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>"),
        Assistant = new("<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>"),
        Answer = "<|start_header_id|>assistant<|end_header_id|>\n\n",
        Ends = ["<|eot_id|>", "<|end_of_text|>"],
    };

    /// <summary>Mistral 7B Instruct 0.1 and 0.2 and Mixtral, where <c>[INST]</c> is text.</summary>
    public static ChatTemplate Mistral { get; } = new()
    {
        Name = "mistral",
        Begins = true,
        Alternates = true,
        System = new("", "\n\n"),
        User = new("[INST] ", " [/INST]"),
        Assistant = new(" ", "</s>"),
    };

    /// <summary>Mistral 7B Instruct 0.3, where <c>[INST]</c> is a token.</summary>
    public static ChatTemplate MistralV3 { get; } = Mistral with { Name = "mistral-v3", User = new("[INST] ", "[/INST]") };

    /// <summary>Gemma, Gemma 2 and 3.</summary>
    public static ChatTemplate Gemma { get; } = new()
    {
        Name = "gemma",
        Begins = true,
        Trims = true,
        Alternates = true,
        System = new("", "\n\n"),
        User = new("<start_of_turn>user\n", "<end_of_turn>\n"),
        Assistant = new("<start_of_turn>model\n", "<end_of_turn>\n"),
        Answer = "<start_of_turn>model\n",
        Ends = ["<end_of_turn>"],
    };

    /// <summary>Phi-3 and 3.5.</summary>
    public static ChatTemplate Phi3 { get; } = new()
    {
        Name = "phi3",
        System = new("<|system|>\n", "<|end|>\n"),
        User = new("<|user|>\n", "<|end|>\n"),
        Assistant = new("<|assistant|>\n", "<|end|>\n"),
        Answer = "<|assistant|>\n",
        Ends = ["<|end|>", "<|endoftext|>"],
    };

    /// <summary>Zephyr and TinyLlama Chat; a folder with another end token than Llama's gets a template with that one.</summary>
    public static ChatTemplate Zephyr { get; } = ZephyrEnding("</s>");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ChatTemplate> All { get; } = [Plain, ChatMl, Llama2, Llama3, Mistral, MistralV3, Gemma, Phi3, Zephyr];

    /// <summary>The template of a name.</summary>
    /// <exception cref="NestorException">There is none.</exception>
    public static ChatTemplate Named(string name) =>
        All.FirstOrDefault(template => string.Equals(template.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new NestorException($"There is no chat template '{name}'; choose one of {string.Join(", ", All.Select(template => template.Name))}.");

    /// <summary>Zephyr's form with a model's own end token.</summary>
    internal static ChatTemplate ZephyrEnding(string end) => new()
    {
        Name = "zephyr",
        System = new("<|system|>\n", end + "\n"),
        User = new("<|user|>\n", end + "\n"),
        Assistant = new("<|assistant|>\n", end + "\n"),
        Answer = "<|assistant|>\n",
        Ends = [end],
    };
}
