namespace Nestor.Inference;

/// <summary>Ends a text at the first stop string, while it streams: text is held back as long as it may be the beginning of one.</summary>
/// <remarks>The stop string that is complete first counts (of several, the longest), so the result does not depend on how the text is cut into pieces.</remarks>
internal sealed class StopStrings(IReadOnlyList<string> stops)
{
    private string held = "";

    /// <summary>Whether a stop string has been met; no text comes out after it.</summary>
    public bool Met { get; private set; }

    /// <summary>The text that can be shown with this piece; neither a stop string nor a possible beginning of one.</summary>
    public string Append(string piece)
    {
        if (Met)
            return "";
        var text = held + piece;
        held = "";
        if (FirstStop(text) is { } start)
        {
            Met = true;
            return text[..start];
        }

        var safe = text.Length - LongestBeginning(text);
        held = text[safe..];
        return text[..safe];
    }

    /// <summary>The end: what was held back, as no stop string came.</summary>
    public string Finish()
    {
        var rest = held;
        held = "";
        return rest;
    }

    private int? FirstStop(string text)
    {
        (int End, int Start)? first = null;
        foreach (var stop in stops)
        {
            var start = text.IndexOf(stop, StringComparison.Ordinal);
            if (start >= 0 && (first is null || (start + stop.Length, start).CompareTo(first.Value) < 0))
                first = (start + stop.Length, start);
        }

        return first?.Start;
    }

    // Length of the longest end of the text that begins a stop string.
    private int LongestBeginning(string text)
    {
        var longest = 0;
        foreach (var stop in stops)
        {
            for (var length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
            {
                if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                    longest = length;
            }
        }

        return longest;
    }
}
