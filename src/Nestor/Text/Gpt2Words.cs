namespace Nestor.Text;

/// <summary>GPT-2's pre-tokenisation: the pieces that byte-pair encoding never merges across.</summary>
/// <remarks>
/// The language of <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c> (Radford et al. 2019),
/// scanned by hand: every piece is a contraction, an optional space and a run of one kind, or white space short of its last
/// character when a word follows.
/// </remarks>
internal static class Gpt2Words
{
    /// <summary>The regular expression that <see cref="End"/> scans.</summary>
    public const string Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>The end of the piece that begins at <paramref name="start"/>.</summary>
    public static int End(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'' && Contraction(text[start..]) is var length and > 0)
            return start + length;

        var kind = CharacterKinds.At(text, start, out _);
        if (kind != CharacterKind.Space)
            return CharacterKinds.RunEnd(text, start, kind);

        if (text[start] == ' ' && start + 1 < text.Length && CharacterKinds.At(text, start + 1, out _) is var next and not CharacterKind.Space)
            return CharacterKinds.RunEnd(text, start + 1, next);

        var end = CharacterKinds.RunEnd(text, start, CharacterKind.Space);
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        ['\'', 's' or 't' or 'm' or 'd', ..] => 2,
        ['\'', 'r' or 'v', 'e', ..] or ['\'', 'l', 'l', ..] => 3,
        _ => 0,
    };
}
