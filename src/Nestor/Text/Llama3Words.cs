namespace Nestor.Text;

/// <summary>The pre-tokenisation of Llama 3 and, with one digit instead of three, of Qwen 2 and 3.</summary>
/// <remarks>
/// The language of <see cref="Llama3"/> and <see cref="Qwen2"/>, scanned by hand. Its alternatives in their order: a contraction in any
/// case; letters with one character before them that is neither a line break nor a number; some digits; other characters with a space
/// before and line breaks after them; white space up to its last line break; white space short of its last character when
/// something follows.
/// </remarks>
internal static class Llama3Words
{
    /// <summary>The regular expression of Llama 3.</summary>
    public const string Llama3 = Before + @"\p{N}{1,3}" + After;

    /// <summary>The regular expression of Qwen 2 and 3.</summary>
    public const string Qwen2 = Before + @"\p{N}" + After;

    private const string Before = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|";
    private const string After = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The end of the piece that begins at <paramref name="start"/>.</summary>
    public static int End(ReadOnlySpan<char> text, int start, int mostDigits)
    {
        if (text[start] == '\'' && Contraction(text[start..]) is var contraction and > 0)
            return start + contraction;

        var kind = CharacterKinds.At(text, start, out var length);
        if (kind == CharacterKind.Letter)
            return CharacterKinds.RunEnd(text, start, kind);
        if (kind == CharacterKind.Number)
            return NumberEnd(text, start, mostDigits);

        var next = start + length;
        var following = next < text.Length ? CharacterKinds.At(text, next, out _) : CharacterKind.Space;
        if (following == CharacterKind.Letter && text[start] is not ('\r' or '\n'))
            return CharacterKinds.RunEnd(text, next, CharacterKind.Letter);
        if (kind == CharacterKind.Other)
            return BreaksEnd(text, CharacterKinds.RunEnd(text, start, kind));
        if (text[start] == ' ' && following == CharacterKind.Other)
            return BreaksEnd(text, CharacterKinds.RunEnd(text, next, following));

        var end = CharacterKinds.RunEnd(text, start, CharacterKind.Space);
        var lastBreak = text[start..end].LastIndexOfAny('\r', '\n');
        if (lastBreak >= 0)
            return start + lastBreak + 1;
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static int NumberEnd(ReadOnlySpan<char> text, int start, int mostDigits)
    {
        for (var digits = 0; digits < mostDigits && start < text.Length && CharacterKinds.At(text, start, out var length) == CharacterKind.Number; digits++)
            start += length;
        return start;
    }

    private static int BreaksEnd(ReadOnlySpan<char> text, int start)
    {
        while (start < text.Length && text[start] is ('\r' or '\n'))
            start++;
        return start;
    }

    // The long s is an s in another case.
    private static int Contraction(ReadOnlySpan<char> text) => text switch
    {
        [_, 's' or 'S' or 'ſ' or 't' or 'T' or 'm' or 'M' or 'd' or 'D', ..] => 2,
        [_, 'r' or 'R' or 'v' or 'V', 'e' or 'E', ..] or [_, 'l' or 'L', 'l' or 'L', ..] => 3,
        _ => 0,
    };
}
