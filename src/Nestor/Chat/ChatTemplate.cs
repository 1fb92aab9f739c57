using Microsoft.Extensions.AI;
using Nestor.Text;

namespace Nestor.Chat;

/// <summary>How a conversation is written as a prompt, in the form a model was trained with.</summary>
/// <remarks>
/// A template is data: nothing of a model folder is run. Only <see cref="User"/>, <see cref="Answer"/> and the like become tokens that
/// mark structure; a message that spells such a token is text. No message is made up: where a model's own template adds a default
/// system message, give that message.
/// </remarks>
public sealed record ChatTemplate
{
    /// <summary>The name it is chosen by.</summary>
    public required string Name { get; init; }

    /// <summary>Around a system message.</summary>
    public required TurnFormat System { get; init; }

    /// <summary>Around what the user says.</summary>
    public required TurnFormat User { get; init; }

    /// <summary>Around what the model said.</summary>
    public required TurnFormat Assistant { get; init; }

    /// <summary>The end of the prompt, where the model's answer begins.</summary>
    public string Answer { get; init; } = "";

    /// <summary>Texts that end an answer, beside the model's end token.</summary>
    public IReadOnlyList<string> Ends { get; init; } = [];

    /// <summary>Whether the prompt begins with the model's begin token, if it has one.</summary>
    public bool Begins { get; init; }

    /// <summary>Whether white space around a message's text is left out.</summary>
    public bool Trims { get; init; }

    /// <summary>Whether the form knows no system turn: such messages stand within the first user's turn, and user and assistant must alternate.</summary>
    public bool Alternates { get; init; }

    /// <summary>Whether the answer goes on in the text of the last message, not in a turn of its own.</summary>
    public bool ContinuesText { get; init; }

    /// <summary>The conversation as the prompt of its next answer, without the begin token.</summary>
    /// <exception cref="NestorException">The template has no form for a conversation of this shape.</exception>
    internal MarkedText Write(IReadOnlyList<ChatTurn> turns)
    {
        var prompt = new MarkedText();
        if (Alternates)
            WriteAlternating(prompt, turns);
        else
        {
            foreach (var (role, text) in turns)
                Write(prompt, role == ChatRole.System ? System : role == ChatRole.User ? User : Assistant, text);
        }

        prompt.AddMarkup(Answer);
        return prompt;
    }

    private void WriteAlternating(MarkedText prompt, IReadOnlyList<ChatTurn> turns)
    {
        var instructions = turns.TakeWhile(turn => turn.Role == ChatRole.System).Select(turn => turn.Text).ToList();
        CheckAlternation(turns.Skip(instructions.Count));
        for (var i = instructions.Count; i < turns.Count; i++)
        {
            var (before, after) = turns[i].Role == ChatRole.User ? User : Assistant;
            prompt.AddMarkup(before);
            if (i > 0 && i == instructions.Count)
                Write(prompt, System, string.Join("\n\n", instructions));
            prompt.AddContent(Text(turns[i].Text));
            prompt.AddMarkup(after);
        }
    }

    private void Write(MarkedText prompt, TurnFormat format, string text)
    {
        prompt.AddMarkup(format.Before);
        prompt.AddContent(Text(text));
        prompt.AddMarkup(format.After);
    }

    private string Text(string text) => Trims ? text.Trim() : text;

    private void CheckAlternation(IEnumerable<ChatTurn> turns)
    {
        var expected = ChatRole.User;
        foreach (var (role, _) in turns)
        {
            if (role != expected)
                throw new NestorException($"The chat template {Name} writes system messages first and then user and assistant in turn; a message of the {role} stands where one of the {expected} was wanted.");
            expected = role == ChatRole.User ? ChatRole.Assistant : ChatRole.User;
        }

        if (expected == ChatRole.User)
            throw new NestorException($"The chat template {Name} answers a user; end the conversation with a message of the user.");
    }
}
