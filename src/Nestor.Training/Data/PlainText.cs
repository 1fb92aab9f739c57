using System.Text;

namespace Nestor.Training.Data;

/// <summary>
/// Plain text cut into documents at blank lines: blocks are gathered until a document has <see cref="Enough"/> characters, so a chat log
/// gives sections and a file of long works that have no blank line inside gives a document for each. Line ends become LF and more than two blank lines in a row become two;
/// nothing else is changed.
/// </summary>
internal static class PlainText
{
    /// <summary>Characters after which a document ends at the next blank line.</summary>
    public const int Enough = 4096;

    public static IEnumerable<string> Documents(TextReader text, int longest = TextSource.LongestDocument)
    {
        const int mostBlankLines = 2;
        var lines = new LineReader(text, longest);
        var document = new StringBuilder();
        var blank = 0;
        var continued = false;
        while (lines.Next())
        {
            var line = lines.Line;
            if (!continued && !lines.Continues && line.Span.IsWhiteSpace())
            {
                blank = Math.Min(blank + 1, mostBlankLines);
                if (document.Length < Enough)
                    continue;
                yield return document.ToString();
                document.Clear();
                continue;
            }

            var ends = document.Length == 0 || continued ? 0 : 1 + blank;
            if (document.Length > 0 && document.Length + ends + line.Length > longest)
            {
                yield return document.ToString();
                document.Clear();
                ends = 0;
            }

            document.Append('\n', ends).Append(line.Span);
            blank = 0;
            continued = lines.Continues;
        }

        if (document.Length > 0)
            yield return document.ToString();
    }
}
