using System.Globalization;

namespace Nestor.Text;

/// <summary>What a character is to a pre-tokeniser.</summary>
internal enum CharacterKind : byte
{
    /// <summary>Anything that is not one of the others: punctuation, symbols, marks, lone surrogates.</summary>
    Other,

    /// <summary><c>\p{L}</c>.</summary>
    Letter,

    /// <summary><c>\p{N}</c>.</summary>
    Number,

    /// <summary><c>\s</c>, Unicode White_Space.</summary>
    Space,

    /// <summary>Half of a character outside the basic plane: its kind needs both halves.</summary>
    Surrogate,
}

/// <summary>The kind of every character, by code point as the reference tokenisers classify, not by UTF-16 unit as .NET's regex does.</summary>
internal static class CharacterKinds
{
    private static readonly CharacterKind[] BasicPlane = Enumerable.Range(0, char.MaxValue + 1)
        .Select(c => char.IsSurrogate((char)c) ? CharacterKind.Surrogate : char.IsWhiteSpace((char)c) ? CharacterKind.Space : Of(CharUnicodeInfo.GetUnicodeCategory((char)c)))
        .ToArray();

    /// <summary>The kind of the UTF-16 unit, <see cref="CharacterKind.Surrogate"/> for half a character.</summary>
    public static CharacterKind Unit(char unit) => BasicPlane[unit];

    /// <summary>The kind of the character that begins at an index, and how many units it has.</summary>
    public static CharacterKind At(ReadOnlySpan<char> text, int index, out int length)
    {
        length = 1;
        var kind = Unit(text[index]);
        if (kind != CharacterKind.Surrogate)
            return kind;
        if (!char.IsHighSurrogate(text[index]) || index + 1 == text.Length || !char.IsLowSurrogate(text[index + 1]))
            return CharacterKind.Other;
        length = 2;
        return Of(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(text[index], text[index + 1])));
    }

    /// <summary>The end of the run of characters of one kind that begins at an index.</summary>
    public static int RunEnd(ReadOnlySpan<char> text, int index, CharacterKind kind)
    {
        while (true)
        {
            while ((uint)index < (uint)text.Length && Unit(text[index]) == kind)
                index++;
            if (index >= text.Length || Unit(text[index]) != CharacterKind.Surrogate || At(text, index, out var length) != kind)
                return index;
            index += length;
        }
    }

    private static CharacterKind Of(UnicodeCategory category) => category switch
    {
        <= UnicodeCategory.OtherLetter => CharacterKind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKind.Number,
        _ => CharacterKind.Other,
    };
}
