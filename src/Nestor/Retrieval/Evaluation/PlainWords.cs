using System.Text.RegularExpressions;

namespace Nestor.Retrieval.Evaluation;

/// <summary>Text as the words that a search by words compares: letters and digits, in lower case, without the plural's s.</summary>
/// <remarks>The plural rules are Harman's S stemmer (1991, "How effective is suffixing?").</remarks>
internal static partial class PlainWords
{
    /// <summary>The words of a text, in order.</summary>
    public static IEnumerable<string> Of(string text) => Word().Matches(text).Select(match => Singular(match.Value.ToLowerInvariant()));

    private static string Singular(string word)
    {
        bool Ends(string ending, params string[] but) =>
            word.Length > 3 && word.EndsWith(ending, StringComparison.Ordinal) && !but.Any(other => word.EndsWith(other, StringComparison.Ordinal));
        return Ends("ies", "eies", "aies") ? word[..^3] + "y"
            : Ends("es", "aes", "ees", "oes") ? word[..^1]
            : Ends("s", "us", "ss", "es") ? word[..^1]
            : word;
    }

    [GeneratedRegex("[\\p{L}\\p{N}]+")]
    private static partial Regex Word();
}
