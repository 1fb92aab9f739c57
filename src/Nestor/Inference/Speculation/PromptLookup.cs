using System.Runtime.InteropServices;
using Nestor.Models;

namespace Nestor.Inference.Speculation;

/// <summary>Drafts what followed the text's last tokens where they stood before: names, quotations and code repeat.</summary>
/// <remarks>
/// Saxena 2023, "Prompt Lookup Decoding". Long matches before short ones, late before early. What is copied may run into the draft
/// itself, so a text that repeats a phrase without end is drafted at full length. Each token counts as drawn with certainty.
/// </remarks>
internal sealed class PromptLookup(ModelConfig config, int longest, int shortest) : IDrafter
{
    public WidthPlan? Plan => null;

    public double TokenCost => 0;

    public void ReadPrompt(ReadOnlySpan<int> tokens)
    {
    }

    public void Draft(List<int> text, int most, Draft draft)
    {
        for (var next = After(CollectionsMarshal.AsSpan(text)); next >= 0 && draft.Tokens.Count < most && !draft.Ended; next++)
        {
            var token = text[next];
            draft.Distribution(draft.Tokens.Count).SetCertain(token);
            draft.Add(token);
            draft.Ended = config.EndsText(token);
            text.Add(token);
        }
    }

    public void Forget(int length)
    {
    }

    // The position after the match; -1 without one.
    private int After(ReadOnlySpan<int> text)
    {
        for (var length = Math.Min(longest, text.Length - 1); length >= shortest; length--)
        {
            var start = text[..^1].LastIndexOf(text[^length..]);
            if (start >= 0)
                return start + length;
        }

        return -1;
    }
}
