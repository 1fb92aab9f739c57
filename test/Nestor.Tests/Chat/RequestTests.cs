using System.Text.Json;
using Microsoft.Extensions.AI;
using Nestor.Chat;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Tests.Inference;

namespace Nestor.Tests.Chat;

/// <summary>What requests say, and what is said of those that cannot be answered.</summary>
public sealed class RequestTests : IDisposable
{
    private static readonly ModelConfig Config = RandomModel.Small;

    private readonly ChatModel model = new();

    public void Dispose() => model.Dispose();

    [Fact]
    public void Options_that_are_given_replace_the_defaults_and_others_do_not()
    {
        var defaults = new GenerationOptions { MaxTokens = 9, StopStrings = ["end"], Plan = WidthPlan.Uniform(9, 3), Sampling = new SamplingOptions { TopK = 3, MinP = 0.5, Seed = 8 } };
        var template = ChatTemplates.Plain with { Ends = ["<e>"] };

        var options = RequestOptions.Of(new ChatOptions(), defaults, template, "tiny", Config);
        Assert.Equal((9, defaults.Plan, defaults.Sampling), (options.MaxTokens, options.Plan, options.Sampling));
        Assert.Equal(["end", "<e>"], options.StopStrings);

        options = RequestOptions.Of(
            new ChatOptions { Temperature = 0.1f, TopP = 0.9f, TopK = 4, Seed = -1, MaxOutputTokens = 5, StopSequences = ["a", "b"], ModelId = "tiny@S" },
            defaults, template, "tiny", Config);
        Assert.Equal(new SamplingOptions { Temperature = 0.1, TopP = 0.9, TopK = 4, MinP = 0.5, Seed = ulong.MaxValue }, options.Sampling);
        Assert.Equal((5, WidthPlan.Uniform(9, 3)), (options.MaxTokens, options.Plan));
        Assert.Equal(["a", "b", "<e>"], options.StopStrings);
    }

    [Fact]
    public void A_request_without_options_has_the_whole_model() =>
        Assert.Equal(Config.FullWidths, RequestOptions.Of(null, new GenerationOptions(), ChatTemplates.Plain, "tiny", Config).Plan);

    [Fact]
    public void A_width_may_be_a_plan_or_its_text_or_come_as_json()
    {
        var json = JsonDocument.Parse("""{"text":"12.5%","number":9}""").RootElement;
        foreach (var width in (object[])[WidthPlan.Uniform(9, 3), "S", "9*3", 9, json.GetProperty("text"), json.GetProperty("number")])
            Assert.Equal(WidthPlan.Uniform(9, 3), Of(new ChatOptions { AdditionalProperties = new() { ["width"] = width } }).Plan);
    }

    [Fact]
    public void A_width_or_model_that_is_not_there_is_refused_with_those_that_are()
    {
        Refused(Width("XXL"), "'XXL'", "XL (72)");
        Refused(Width(73), "73", "72");
        Refused(Width(WidthPlan.Uniform(9, 2)), "2 layers");
        Refused(Width(true), "Boolean", "WidthPlan");
        Refused(Width(null), "null");
        Refused(new ChatOptions { ModelId = "large" }, "'large'", "tiny@50%");
        Refused(new ChatOptions { ModelId = "tiny50%" }, "'tiny50%'");
        Refused(new ChatOptions { ModelId = "tiny@" }, "''");
    }

    [Fact]
    public void What_a_text_model_cannot_do_is_refused_and_not_left_out()
    {
        var tool = AIFunctionFactory.Create(() => 1, "one");
        Refused(new ChatOptions { Tools = [tool] }, "tools are not supported");
        Refused(new ChatOptions { ResponseFormat = ChatResponseFormat.Json }, "JSON");
        Refused(new ChatOptions { ConversationId = "7" }, "all messages");
        Refused(new ChatOptions { FrequencyPenalty = 1 }, "FrequencyPenalty");
        Refused(new ChatOptions { PresencePenalty = -1 }, "PresencePenalty");
        Refused(new ChatOptions { Temperature = -1, TopK = -1 }, "temperature", "top-k");
        Of(new ChatOptions { Tools = [tool], ToolMode = ChatToolMode.None, ResponseFormat = ChatResponseFormat.Text, FrequencyPenalty = 0 });
    }

    [Fact]
    public async Task Messages_that_cannot_be_read_are_refused_before_anything_runs()
    {
        using var client = model.Client();
        await Unreadable([], "no messages");
        await Unreadable([new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")])], "image/png");
        await Unreadable([new ChatMessage(ChatRole.User, [new UriContent("http://localhost/a.wav", "audio/wav")])], "audio/wav");
        await Unreadable([new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("1", "one")])], "tools are not supported");
        await Unreadable([new ChatMessage(ChatRole.Tool, "1")], "'tool'");
        await Unreadable([new ChatMessage(new ChatRole("critic"), "no")], "'critic'");
        await Unreadable([ChatModel.User("")], "empty");
        await Unreadable([ChatModel.User(new string('x', 500))], "context 150");
        Assert.Throws<ArgumentNullException>(() => { client.GetStreamingResponseAsync((IEnumerable<ChatMessage>)null!); });

        async Task Unreadable(ChatMessage[] messages, string said)
        {
            var error = await Assert.ThrowsAsync<NestorException>(() => client.GetResponseAsync(messages));
            Assert.Contains(said, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_parts_of_a_message_are_one_text_and_thoughts_are_left_out()
    {
        using var client = model.Client();
        var parts = new ChatMessage(ChatRole.User, [new TextContent("the "), new TextReasoningContent("hm"), new TextContent("cat")]);
        Assert.Equal(model.Continue("the cat"), (await client.GetResponseAsync(parts)).Text);
    }

    private static GenerationOptions Of(ChatOptions request) => RequestOptions.Of(request, new GenerationOptions(), ChatTemplates.Plain, "tiny", Config);

    private static ChatOptions Width(object? width) => new() { AdditionalProperties = new() { ["width"] = width } };

    private static void Refused(ChatOptions request, params string[] said)
    {
        var error = Assert.Throws<NestorException>(() => Of(request));
        Assert.All(said, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
