using System.Text;

namespace Nestor.Models.Gemma3n;

/// <summary>Comma-separated values as RFC 4180 has them: fields in quotes may hold commas, line breaks and doubled quotes.</summary>
internal static class CsvRows
{
    /// <summary>The fields of every row; empty lines are none.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="path">Where it is from, for errors.</param>
    /// <exception cref="NestorException">Quotes do not match.</exception>
    public static List<List<string>> Split(string text, string path)
    {
        var rows = new List<List<string>>();
        var row = new List<string>();
        var field = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '"' when field.Length == 0:
                    i = ReadQuoted(text, i + 1, field, path);
                    break;
                case ',':
                    EndField();
                    break;
                case '\n':
                    EndRow();
                    break;
                case '\r':
                    break;
                default:
                    field.Append(text[i]);
                    break;
            }
        }

        EndRow();
        return rows;

        void EndField()
        {
            row.Add(field.ToString());
            field.Clear();
        }

        void EndRow()
        {
            if (row.Count == 0 && field.Length == 0)
                return;
            EndField();
            rows.Add(row);
            row = [];
        }
    }

    /// <summary>Reads up to the closing quote and returns its place.</summary>
    private static int ReadQuoted(string text, int start, StringBuilder field, string path)
    {
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] != '"')
            {
                field.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else
            {
                return i;
            }
        }

        throw new NestorException($"The table '{path}' ends within a quoted field; close the quote.");
    }
}
