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
    public ReadOnlySpan<char> Next(ReadOnlySpan<char> text, ref int position, out AddedToken? token)
    {
        var start = position;
        for (var from = start; lengths.Length > 0;)
        {
            var found = text[from..].IndexOfAny(contents);
            if (found < 0)
                break;
            found += from;
            token = Longest(text[found..]);
            from = found + token.Content.Length;
            if (token.SingleWord && (EndsInWord(text[..found]) || BeginsWithWord(text[from..])))
                continue;

            position = token.RightStrip ? text.Length - text[from..].TrimStart().Length : from;
            var segment = text[start..found];
            return token.LeftStrip ? segment.TrimEnd() : segment;
        }

        token = null;
        position = text.Length;
        return text[start..];
    }

    private AddedToken Longest(ReadOnlySpan<char> text)
    {
        foreach (var length in lengths)
        {
            if (length <= text.Length && tokens.TryGetValue(text[..length], out var token))
                return token;
        }

        throw new InvalidOperationException("The search found a token that is not one.");
    }

    private static bool EndsInWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out var last, out _) == OperationStatus.Done && IsWord(last);

    private static bool BeginsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var first, out _) == OperationStatus.Done && IsWord(first);

    private static bool IsWord(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value == '_';
}
