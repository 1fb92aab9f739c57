using System.Collections.Immutable;
using System.Globalization;
using Nestor.Formats;

namespace Nestor.Models.Gemma3n;

/// <summary>Named plans in a CSV file, in the format of Google's data set <c>gemma3n-slicing-configs</c>.</summary>
/// <remarks>
/// Columns are found by their heading; <c>name</c> and <c>FFN Hidden Dims</c> must be there. Widths and skipped layers are lists of whole
/// numbers as Python writes them, or of products: <c>[2_048 * 8, 16384]</c>. They are read, not executed.
/// </remarks>
public static class PublishedPlanFile
{
    private const string NameColumn = "name", WidthsColumn = "FFN Hidden Dims", SkippedColumn = "Layers Skipped", LayersColumn = "# Layers";

    private const long LongestFile = 16 << 20;

    /// <summary>Reads all plans of a file.</summary>
    /// <exception cref="NestorException">The file cannot be read or is not such a table.</exception>
    public static IReadOnlyList<PublishedPlan> Read(string path)
    {
        var rows = CsvRows.Split(ReadText(path), path);
        var headings = rows.FirstOrDefault() ?? throw new NestorException($"The file '{path}' is empty; a table with the columns {NameColumn} and {WidthsColumn} was wanted.");
        var (name, widths, skipped, layers) = (Column(NameColumn, true), Column(WidthsColumn, true), Column(SkippedColumn, false), Column(LayersColumn, false));
        var plans = new List<PublishedPlan>();
        foreach (var (index, row) in rows.Index().Skip(1))
        {
            var line = index + 1;
            if (row.Count != headings.Count)
                throw new NestorException($"Row {line} of '{path}' has {row.Count} fields, the heading {headings.Count}; quote a field that holds commas.");
            plans.Add(new PublishedPlan(row[name].Trim(), new Gemma3nPlan(ReadWidths(line, row), ReadSkipped(line, row))));
        }

        return plans;

        int Column(string heading, bool required) => headings.FindIndex(text => string.Equals(text.Trim(), heading, StringComparison.OrdinalIgnoreCase)) is var at && (at >= 0 || !required)
            ? at
            : throw new NestorException($"The table '{path}' has no column '{heading}'; its headings are {Quoted.Quote(string.Join(", ", headings))}.");

        WidthPlan ReadWidths(int line, List<string> row)
        {
            var list = IntegerList.Parse(row[widths], Place(line, WidthsColumn));
            if (list.FirstOrDefault(width => width <= 0, 1) is var wrong and <= 0)
                throw new NestorException($"The width {wrong} in {Place(line, WidthsColumn)} is no number of neurons; it must be above 0.");
            var given = layers < 0 ? "" : row[layers].Trim();
            if (list.Length == 0 || (given.Length > 0 && given != list.Length.ToString(CultureInfo.InvariantCulture)))
                throw new NestorException($"{Place(line, WidthsColumn)} lists {list.Length} widths{(given.Length > 0 ? $", '{LayersColumn}' says {Quoted.OneLine(given)}" : "")}; give one for each layer that stays.");
            return new WidthPlan([.. list]);
        }

        ImmutableArray<int> ReadSkipped(int line, List<string> row)
        {
            if (skipped < 0 || string.IsNullOrWhiteSpace(row[skipped]))
                return [];
            var list = IntegerList.Parse(row[skipped], Place(line, SkippedColumn));
            return list.Distinct().Count() == list.Length
                ? [.. list.Order()]
                : throw new NestorException($"{Place(line, SkippedColumn)} lists a layer twice.");
        }

        string Place(int line, string column) => $"'{column}' in row {line} of '{path}'";
    }

    private static string ReadText(string path)
    {
        FileError.CheckPath(path);
        try
        {
            using var reader = new StreamReader(path);
            if (reader.BaseStream.Length > LongestFile)
                throw new NestorException($"The file '{path}' is {reader.BaseStream.Length} bytes long; such a table has at most {LongestFile}.");
            return reader.ReadToEnd();
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(path, error);
        }
    }
}
