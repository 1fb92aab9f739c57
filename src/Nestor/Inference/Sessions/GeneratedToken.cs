using Nestor.Models;

namespace Nestor.Inference;

/// <summary>One token of a text that an engine generates.</summary>
/// <param name="Token">Its id; the end token comes too, as the last one, where the model ended the text.</param>
/// <param name="Text">The text that can be shown with it: empty while a character is not complete or a stop string may have begun.</param>
/// <param name="Plan">The widths that predicted it.</param>
/// <param name="Finish">Why the text ends with this token; null if it goes on.</param>
public readonly record struct GeneratedToken(int Token, string Text, WidthPlan Plan, FinishReason? Finish);
