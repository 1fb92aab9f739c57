using Microsoft.Extensions.AI;

namespace Nestor.Chat;

/// <summary>One message of a conversation, as a template writes it.</summary>
/// <param name="Role">System, user or assistant.</param>
/// <param name="Text">What was said.</param>
internal readonly record struct ChatTurn(ChatRole Role, string Text);
