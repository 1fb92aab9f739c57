using Microsoft.Extensions.AI;
using Nestor.Chat;

namespace Nestor.Tests.Chat;

/// <summary>The forms of the families, written out by hand from their models' cards.</summary>
public sealed class ChatTemplateTests
{
    private static readonly ChatTurn[] Talk =
    [
        new(ChatRole.System, "Be kind."), new(ChatRole.User, "Hi"), new(ChatRole.Assistant, "Hello!"), new(ChatRole.User, "Bye"),
    ];

    [Theory]
    [InlineData("plain", "Be kind.HiHello!Bye")]
    [InlineData("chatml", "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData("llama2", "[INST] <<SYS>>\nBe kind.\n<</SYS>>\n\nHi [/INST] Hello! </s><s>[INST] Bye [/INST]")]
    [InlineData("llama3", "<|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello!<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData("mistral", "[INST] Be kind.\n\nHi [/INST] Hello!</s>[INST] Bye [/INST]")]
    [InlineData("mistral-v3", "[INST] Be kind.\n\nHi[/INST] Hello!</s>[INST] Bye[/INST]")]
    [InlineData("gemma", "<start_of_turn>user\nBe kind.\n\nHi<end_of_turn>\n<start_of_turn>model\nHello!<end_of_turn>\n<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n")]
    [InlineData("phi3", "<|system|>\nBe kind.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\nHello!<|end|>\n<|user|>\nBye<|end|>\n<|assistant|>\n")]
    [InlineData("zephyr", "<|system|>\nBe kind.</s>\n<|user|>\nHi</s>\n<|assistant|>\nHello!</s>\n<|user|>\nBye</s>\n<|assistant|>\n")]
    public void A_conversation_is_written_as_its_family_was_trained(string name, string prompt) =>
        Assert.Equal(prompt, ChatTemplates.Named(name).Write(Talk).ToString());

    [Fact]
    public void Every_template_is_found_by_its_name_and_an_unknown_name_is_told_the_known_ones()
    {
        Assert.All(ChatTemplates.All, template => Assert.Same(template, ChatTemplates.Named(template.Name.ToUpperInvariant())));
        var error = Assert.Throws<NestorException>(() => ChatTemplates.Named("llama9"));
        Assert.All(ChatTemplates.All, template => Assert.Contains(template.Name, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Templates_that_trim_leave_out_white_space_around_messages_and_others_keep_it()
    {
        ChatTurn[] talk = [new(ChatRole.User, "\n Hi ")];
        Assert.Contains("user\nHi<end", ChatTemplates.Gemma.Write(talk).ToString(), StringComparison.Ordinal);
        Assert.Contains("user\n\n Hi <|im_end|>", ChatTemplates.ChatMl.Write(talk).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_instructions_stand_together_in_the_first_turn_of_a_template_without_system_turns() =>
        Assert.Equal(
            "[INST] a\n\nb\n\nHi [/INST]",
            ChatTemplates.Mistral.Write([new(ChatRole.System, "a"), new(ChatRole.System, "b"), new(ChatRole.User, "Hi")]).ToString());

    [Theory]
    [InlineData("user user")]
    [InlineData("assistant user")]
    [InlineData("user system user")]
    [InlineData("user assistant")]
    [InlineData("system")]
    public void A_template_that_alternates_refuses_a_conversation_that_does_not(string roles)
    {
        var talk = roles.Split(' ').Select(role => new ChatTurn(new ChatRole(role), "x")).ToArray();
        Assert.Contains("gemma", Assert.Throws<NestorException>(() => ChatTemplates.Gemma.Write(talk)).Message, StringComparison.Ordinal);
        Assert.NotEmpty(ChatTemplates.ChatMl.Write(talk).ToString());
    }
}
