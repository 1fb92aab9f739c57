using System.Text;

namespace Nestor.Text;

/// <summary>A text of markup and content: tokens that mark structure are found in the markup alone, whatever the content spells.</summary>
/// <remarks>It is encoded as one text, so pieces merge over the borders exactly as they would without them.</remarks>
internal sealed class MarkedText
{
    private readonly StringBuilder text = new();
    private readonly HashSet<string> markup = [];
    private readonly List<int> borders = [];            // content begins at even indices and ends at odd ones; ascending

    /// <summary>Whether there is no text.</summary>
    public bool IsEmpty => text.Length == 0;

    /// <summary>Appends text that a template wrote.</summary>
    public void AddMarkup(string written)
    {
        markup.Add(written);
        text.Append(written);
    }

    /// <summary>Appends text that somebody else wrote.</summary>
    public void AddContent(string written)
    {
        if (written.Length == 0)
            return;
        if (borders.Count > 0 && borders[^1] == text.Length)
            borders.RemoveAt(borders.Count - 1);
        else
            borders.Add(text.Length);
        text.Append(written);
        borders.Add(text.Length);
    }

    /// <summary>
    /// Whether a token at a place is none: it touches content, and it marks structure or is part of the template's markup. Other added
    /// tokens, such as runs of spaces, are text like any other.
    /// </summary>
    public bool Hides(AddedToken token, int place) =>
        TouchesContent(place, place + token.Content.Length)
        && (token.Special || (!string.IsNullOrWhiteSpace(token.Content) && markup.Any(written => written.Contains(token.Content, StringComparison.Ordinal))));

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    private bool TouchesContent(int start, int end)
    {
        var next = borders.BinarySearch(start);
        next = next < 0 ? ~next : next + 1;             // the first border behind the start
        return next % 2 == 1 || (next < borders.Count && borders[next] < end);
    }
}
