using System.Text;

namespace Nestor.Text;

/// <summary>Normalization form C: characters and marks that are written apart become the one character that means the same (UAX #15).</summary>
/// <remarks>.NET leaves all but ASCII as it is where globalization is invariant, so Nestor does it itself; the data are those of <see cref="CanonicalData"/>.</remarks>
internal static class CanonicalComposition
{
    private const int FirstSyllable = 0xAC00, FirstLead = 0x1100, FirstVowel = 0x1161, FirstTail = 0x11A7;
    private const int Leads = 19, Vowels = 21, Tails = 28;

    /// <summary>The text in form C; the same object if it is in that form already. Halves of surrogate pairs stay as they are.</summary>
    public static string Compose(string text)
    {
        if (IsComposed(text))
            return text;
        var characters = new List<int>(text.Length + 8);
        for (int i = 0, length; i < text.Length; i += length)
        {
            length = char.IsSurrogatePair(text, i) ? 2 : 1;
            Decompose(length == 2 ? char.ConvertToUtf32(text, i) : text[i], characters);
        }

        Order(characters);
        Join(characters);
        var composed = new StringBuilder(characters.Count);
        foreach (var character in characters)
        {
            if (character <= char.MaxValue)
                composed.Append((char)character);
            else
                composed.Append(char.ConvertFromUtf32(character));
        }

        return composed.Equals(text) ? text : composed.ToString();
    }

    /// <summary>Whether no character can be one that form C replaces, moves or joins with another: a text that fails may still be composed.</summary>
    private static bool IsComposed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var rest = text.AsSpan(i).IndexOfAnyExceptInRange('\0', CanonicalData.LastUntouched);
            if (rest < 0)
                return true;
            i += rest;
            var isPair = char.IsSurrogatePair(text, i);
            var character = isPair ? char.ConvertToUtf32(text, i) : text[i];
            if (CanonicalData.MayChange(character) || IsPartOfSyllable(character))
                return false;
            i += isPair ? 1 : 0;
        }

        return true;
    }

    private static bool IsPartOfSyllable(int character) =>
        character is >= FirstVowel and < FirstVowel + Vowels or > FirstTail and < FirstTail + Tails;

    private static void Decompose(int character, List<int> to)
    {
        var syllable = character - FirstSyllable;
        if (syllable is >= 0 and < Leads * Vowels * Tails)
        {
            to.Add(FirstLead + syllable / (Vowels * Tails));
            to.Add(FirstVowel + syllable / Tails % Vowels);
            if (syllable % Tails > 0)
                to.Add(FirstTail + syllable % Tails);
        }
        else if (CanonicalData.Parts(character) is var (first, second))
        {
            Decompose(first, to);
            if (second != 0)
                to.Add(second);
        }
        else
        {
            to.Add(character);
        }
    }

    /// <summary>Marks after a character stand by class; those of one class keep their order.</summary>
    private static void Order(List<int> characters)
    {
        for (int i = 0, end; i < characters.Count; i = end)
        {
            end = i + 1;
            if (CanonicalData.Class(characters[i]) == 0)
                continue;
            while (end < characters.Count && CanonicalData.Class(characters[end]) != 0)
                end++;
            if (end - i == 1)
                continue;
            var marks = characters.GetRange(i, end - i).OrderBy(CanonicalData.Class).ToList();
            for (var k = 0; k < marks.Count; k++)
                characters[i + k] = marks[k];
        }
    }

    /// <summary>Each character takes in what follows it, unless a mark of the same or a higher class that stayed stands between.</summary>
    private static void Join(List<int> characters)
    {
        int count = 0, starter = -1, classBefore = 0;
        for (var i = 0; i < characters.Count; i++)
        {
            var character = characters[i];
            var own = CanonicalData.Class(character);
            var isNext = starter == count - 1;
            if (starter >= 0 && (isNext || (classBefore != 0 && classBefore < own)) && Joined(characters[starter], character) is { } joined)
            {
                characters[starter] = joined;
                continue;
            }

            if (own == 0)
                starter = count;
            classBefore = own;
            characters[count++] = character;
        }

        characters.RemoveRange(count, characters.Count - count);
    }

    private static int? Joined(int first, int second)
    {
        if (first is >= FirstLead and < FirstLead + Leads && second is >= FirstVowel and < FirstVowel + Vowels)
            return FirstSyllable + ((first - FirstLead) * Vowels + second - FirstVowel) * Tails;
        var syllable = first - FirstSyllable;
        if (syllable is >= 0 and < Leads * Vowels * Tails && syllable % Tails == 0 && second is > FirstTail and < FirstTail + Tails)
            return first + second - FirstTail;
        return CanonicalData.Composite(first, second);
    }
}
