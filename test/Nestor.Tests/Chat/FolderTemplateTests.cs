using CsCheck;
using Nestor.Chat;
using Nestor.Tests.Formats;
using Nestor.Tests.Text;

namespace Nestor.Tests.Chat;

/// <summary>Programs in the shape that the families' models ship, shortened to what tells them apart.</summary>
public sealed class FolderTemplateTests : IDisposable
{
    private const string ChatMl =
        "{%- if tools %}...{%- endif %}{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private const string Zephyr =
        "{% for m in messages %}{% if m.role == 'user' %}{{ '<|user|>\\n' + m.content + eos_token }}{% else %}{{ '<|assistant|>\\n' + m.content + eos_token }}{% endif %}{% endfor %}";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("chatml", ChatMl)]
    [InlineData("llama2", "{% set c = '<<SYS>>\\n' + system + '\\n<</SYS>>\\n\\n' + m.content %}{{ bos_token + '[INST] ' + c.strip() + ' [/INST]' }}{{ ' ' + m.content.strip() + ' ' + eos_token }}")]
    [InlineData("llama3", "{{ bos_token }}{% set c = '<|start_header_id|>' + m['role'] + '<|end_header_id|>\\n\\n' + m['content'] | trim + '<|eot_id|>' %}")]
    [InlineData("mistral", "{{ bos_token }}{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}{% else %}{{ m.content + eos_token }}{% endif %}")]
    [InlineData("mistral-v3", "{{- bos_token }}{{- \"[AVAILABLE_TOOLS] [\" }}{{- \"[INST] \" + m[\"content\"] + \"[/INST]\" }}{{- \" \" + m[\"content\"] + eos_token }}")]
    [InlineData("gemma", "{{ bos_token }}{{ '<start_of_turn>' + role + '\\n' + m['content'] | trim + '<end_of_turn>\\n' }}")]
    [InlineData("phi3", "{% if m.role == 'user' %}{{ '<|user|>\\n' + m.content + '<|end|>\\n' }}{% else %}{{ '<|assistant|>\\n' + m.content + '<|end|>\\n' }}{% endif %}{{ eos_token }}")]
    [InlineData("zephyr", Zephyr)]
    public void A_family_is_recognised_in_either_file(string name, string jinja)
    {
        WriteConfig(jinja);
        Assert.Equal(name, FolderTemplate.Of(folder.Path).Name);

        WriteConfig("something else");
        File.WriteAllText(folder.File("chat_template.jinja"), jinja);
        Assert.Equal(name, FolderTemplate.Of(folder.Path).Name);
    }

    [Fact]
    public void A_folder_without_a_template_is_plain()
    {
        Assert.Same(ChatTemplates.Plain, FolderTemplate.Of(folder.Path));
        File.WriteAllText(folder.File("tokenizer_config.json"), """{"eos_token":"</s>","chat_template":null}""");
        Assert.Same(ChatTemplates.Plain, FolderTemplate.Of(folder.Path));
    }

    [Fact]
    public void Of_named_templates_the_default_counts()
    {
        File.WriteAllText(
            folder.File("tokenizer_config.json"),
            $$"""{"chat_template":[{"name":"tool_use","template":"?"},{"name":"default","template":{{System.Text.Json.JsonSerializer.Serialize(ChatMl)}}}]}""");
        Assert.Equal("chatml", FolderTemplate.Of(folder.Path).Name);
    }

    [Fact]
    public void The_begin_token_comes_first_where_the_program_names_it()
    {
        WriteConfig(ChatMl);
        Assert.False(FolderTemplate.Of(folder.Path).Begins);
        WriteConfig("{{ bos_token }}" + ChatMl);
        Assert.True(FolderTemplate.Of(folder.Path).Begins);
    }

    [Theory]
    [InlineData("\"<|endoftext|>\"")]
    [InlineData("{\"content\":\"<|endoftext|>\",\"lstrip\":false}")]
    public void Zephyrs_form_ends_turns_with_the_models_own_end_token(string end)
    {
        WriteConfig(Zephyr, end);
        var template = FolderTemplate.Of(folder.Path);
        Assert.Equal(("<|endoftext|>\n", "<|endoftext|>"), (template.User.After, template.Ends.Single()));
    }

    /// <summary>Phi-4, Phi-4-mini, Mistral's newer forms, Llama 4 and DeepSeek look alike enough to be taken for a family, and are none of them.</summary>
    [Theory]
    [InlineData("{{ '<|im_start|>user<|im_sep|>' + m.content + '<|im_end|>' }}")]
    [InlineData("{{ '<|' + m.role + '|>' + m.content + '<|end|>' }}{{ '<|assistant|>' }}{{ eos_token }}")]
    [InlineData("{{ bos_token }}{{ '[INST]' + m.content + '[/INST]' }}")]
    [InlineData("{{ '<|header_start|>' + m.role + '<|header_end|>\\n\\n' + m.content + '<|eot|>' }}")]
    [InlineData("{{ '<｜User｜>' + m.content + '<｜Assistant｜>' }}")]
    [InlineData("")]
    public void An_unknown_template_is_an_error_that_tells_how_to_choose_one(string jinja)
    {
        WriteConfig(jinja);
        var error = Assert.Throws<NestorException>(() => FolderTemplate.Of(folder.Path));
        foreach (var said in (string[])["tokenizer_config.json", "chatml", "ChatTemplates.Named", "new ChatTemplate"])
            Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"chat_template":7}""")]
    [InlineData("""{"chat_template":[7]}""")]
    [InlineData("""{"chat_template":[{"name":"default"}]}""")]
    [InlineData("""{"eos_token":{"content":1}}""")]
    [InlineData("[")]
    public void A_damaged_configuration_is_refused_in_one_line_that_names_it(string json)
    {
        File.WriteAllText(folder.File("tokenizer_config.json"), json);
        var error = Assert.Throws<NestorException>(() => FolderTemplate.Of(folder.Path));
        Assert.Contains("tokenizer_config.json", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_template_of_more_than_a_megabyte_is_not_read()
    {
        File.WriteAllText(folder.File("chat_template.jinja"), ChatMl.PadRight((1 << 20) + 1));
        Assert.Contains("1048577", Assert.Throws<NestorException>(() => FolderTemplate.Of(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_program_is_run_or_crashes_the_search() =>
        Texts.OneOf("{% for i in range(10**9) %}", "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "{{ ''.__class__ }}", "<|im_start|>", "<|im_end|>", "[INST] ", "\0", "{%").Array[0, 8].Sample(parts =>
        {
            WriteConfig(string.Concat(parts));
            try
            {
                Assert.Contains(FolderTemplate.Of(folder.Path).Name, ChatTemplates.All.Select(template => template.Name));
            }
            catch (NestorException)
            {
            }
        }, iter: 200, threads: 1);

    private void WriteConfig(string jinja, string end = "\"</s>\"") =>
        File.WriteAllText(folder.File("tokenizer_config.json"), $$"""{"eos_token":{{end}},"chat_template":{{System.Text.Json.JsonSerializer.Serialize(jinja)}}}""");
}
