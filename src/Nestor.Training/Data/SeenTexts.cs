namespace Nestor.Training.Data;

/// <summary>
/// The texts met so far, told apart without their names and numbers: "Converts a Byte to an Int16." is the same text as "Converts a Char to
/// an Int32.", which overloads and numeric types repeat by the thousand.
/// </summary>
internal sealed class SeenTexts
{
    private readonly HashSet<string> patterns = [];

    /// <summary>Adds a text; false if it is known.</summary>
    public bool Add(string text)
    {
        var words = text.Split(' ');
        for (var i = 0; i < words.Length; i++)
        {
            if (IsName(words[i], first: i == 0))
                words[i] = "";
            else if (words[i] == "an")
                words[i] = "a";
        }

        return patterns.Add(string.Join(' ', words));
    }

    /// <summary>A word with a capital or a digit in it, other than the capital that begins a text.</summary>
    private static bool IsName(string word, bool first) => word.AsSpan(first ? 1 : 0).ContainsAnyInRange('A', 'Z') || word.AsSpan().ContainsAnyInRange('0', '9');
}
