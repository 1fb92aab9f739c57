using Microsoft.Extensions.AI;

namespace Nestor.Chat;

/// <summary>The messages of a request as turns of text.</summary>
internal static class Conversation
{
    /// <summary>Reads messages, after a system turn with the instructions if there are any.</summary>
    /// <exception cref="NestorException">There are no messages, or one holds what a text model cannot read.</exception>
    public static IReadOnlyList<ChatTurn> Read(IEnumerable<ChatMessage> messages, string? instructions)
    {
        var turns = new List<ChatTurn>();
        if (!string.IsNullOrEmpty(instructions))
            turns.Add(new ChatTurn(ChatRole.System, instructions));
        var before = turns.Count;
        foreach (var message in messages)
        {
            if (message.Role != ChatRole.System && message.Role != ChatRole.User && message.Role != ChatRole.Assistant)
                throw new NestorException($"A message has the role '{message.Role}'; system, user and assistant can be given{(message.Role == ChatRole.Tool ? ", and tools are not supported" : "")}.");
            turns.Add(new ChatTurn(message.Role, string.Concat(message.Contents.Select(Text))));
        }

        return turns.Count > before ? turns : throw new NestorException("The conversation has no messages; give at least one.");
    }

    // What a model thought before an answer is not part of the conversation.
    private static string Text(AIContent content) => content switch
    {
        TextContent text => text.Text,
        TextReasoningContent or UsageContent => "",
        FunctionCallContent or FunctionResultContent => throw new NestorException("A message holds a call of a tool or its result, and tools are not supported; give its text."),
        DataContent data => throw Media(data.MediaType),
        UriContent uri => throw Media(uri.MediaType),
        _ => throw new NestorException($"A message holds {content.GetType().Name}; this model reads text alone."),
    };

    private static NestorException Media(string type) => new($"A message holds {type}; this model reads text alone, no images, sounds or files.");
}
