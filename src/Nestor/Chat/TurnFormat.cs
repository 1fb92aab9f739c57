namespace Nestor.Chat;

/// <summary>What stands around the text of one turn of a conversation.</summary>
/// <param name="Before">Text before it.</param>
/// <param name="After">Text after it.</param>
public readonly record struct TurnFormat(string Before, string After);
