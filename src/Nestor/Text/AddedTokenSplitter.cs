using System.Buffers;
using System.Text;

namespace Nestor.Text;

/// <summary>Finds added tokens in text: the leftmost, and of those the longest.</summary>
internal sealed class AddedTokenSplitter
{
    private readonly SearchValues<string> contents;
    private readonly Dictionary<string, AddedToken>.AlternateLookup<ReadOnlySpan<char>> tokens;
    private readonly int[] lengths;

    /// <summary>A splitter at the contents of the tokens.</summary>
    public AddedTokenSplitter(IEnumerable<AddedToken> added)
    {
        var byText = new Dictionary<string, AddedToken>();
        foreach (var token in added)
            byText.TryAdd(token.Content, token);
        contents = SearchValues.Create([.. byText.Keys], StringComparison.Ordinal);
        tokens = byText.GetAlternateLookup<ReadOnlySpan<char>>();
        lengths = [.. byText.Keys.Select(content => content.Length).Distinct().OrderDescending()];
    }

    /// <summary>The text from <paramref name="position"/> up to the next added token, and that token, null at the end; moves the position past it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="position">Where the search begins, and where the next one does.</param>
    /// <param name="token">The token that was found.</param>
    /// <param name="marked">Says which tokens may be found where; all of them everywhere if not given.</param>
    /// <param name="offset">Place of the text's beginning in <paramref name="marked"/>.</param>
    public ReadOnlySpan<char> Next(ReadOnlySpan<char> text, ref int position, out AddedToken? token, MarkedText? marked = null, int offset = 0)
    {
        var start = position;
        for (var from = start; lengths.Length > 0;)
        {
            var found = text[from..].IndexOfAny(contents);
            if (found < 0)
                break;
            found += from;
            token = Longest(text[found..], marked, offset + found);
            from = found + (token?.Content.Length ?? 1);
            if (token is null || token.SingleWord && (EndsInWord(text[..found]) || BeginsWithWord(text[from..])))
                continue;

            position = token.RightStrip ? text.Length - text[from..].TrimStart().Length : from;
            var segment = text[start..found];
            return token.LeftStrip ? segment.TrimEnd() : segment;
        }

        token = null;
        position = text.Length;
        return text[start..];
    }

    private AddedToken? Longest(ReadOnlySpan<char> text, MarkedText? marked, int place)
    {
        foreach (var length in lengths)
        {
            if (length <= text.Length && tokens.TryGetValue(text[..length], out var token) && marked?.Hides(token, place) != true)
                return token;
        }

        return null;
    }

    private static bool EndsInWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out var last, out _) == OperationStatus.Done && IsWord(last);

    private static bool BeginsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var first, out _) == OperationStatus.Done && IsWord(first);

    private static bool IsWord(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value == '_';
}
