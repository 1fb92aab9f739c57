using System.Text;

namespace Nestor.Formats;

/// <summary>Text from a file as a message shows it: one short line, whatever the text holds.</summary>
internal static class Quoted
{
    /// <summary>The text in quotes, shortened, with control characters replaced.</summary>
    public static string Quote(string text) => $"'{OneLine(text)}'";

    /// <summary>The text without quotes, shortened, with control characters replaced.</summary>
    public static string OneLine(string text, int longest = 120)
    {
        var line = new StringBuilder(Math.Min(text.Length, longest) + 1);
        foreach (var character in text.AsSpan(0, Math.Min(text.Length, longest)))
            line.Append(char.IsControl(character) || character is '\u2028' or '\u2029' ? ' ' : character);
        return text.Length > longest ? line.Append('…').ToString() : line.ToString();
    }
}
