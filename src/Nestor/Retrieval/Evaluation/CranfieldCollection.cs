using System.Globalization;
using Nestor.Formats;

namespace Nestor.Retrieval.Evaluation;

/// <summary>The Cranfield collection: 1,400 abstracts of aerodynamics, 225 questions, and which abstracts answer them (Cleverdon 1967).</summary>
/// <remarks>
/// Files <c>cran.all.1400</c>, <c>cran.qry</c> and <c>cranqrel</c>. Judgements number the queries by their place in the file, from 1. Their codes are
/// 1, a complete answer, to 4, of minimum interest, which become the gains 4 to 1; other codes mean not relevant.
/// </remarks>
public sealed class CranfieldCollection
{
    private const int CompleteAnswer = 1, MinimumInterest = 4;

    private CranfieldCollection(IReadOnlyList<string> documents, IReadOnlyList<string> queries, IReadOnlyList<IReadOnlyDictionary<int, double>> gains) =>
        (Documents, Queries, Gains) = (documents, queries, gains);

    /// <summary>The abstracts, which begin with their titles; empty where the collection has none.</summary>
    public IReadOnlyList<string> Documents { get; }

    /// <summary>The questions.</summary>
    public IReadOnlyList<string> Queries { get; }

    /// <summary>For each question, the gains of the relevant documents by their place.</summary>
    public IReadOnlyList<IReadOnlyDictionary<int, double>> Gains { get; }

    /// <summary>Reads the collection.</summary>
    /// <param name="folder">The folder of its files.</param>
    /// <exception cref="NestorException">A file is missing, or not what its name says.</exception>
    public static CranfieldCollection Read(string folder)
    {
        var documents = Records(Path.Combine(folder, "cran.all.1400"), "W");
        var queries = Records(Path.Combine(folder, "cran.qry"), "W");
        var gains = Enumerable.Range(0, queries.Count).Select(_ => new Dictionary<int, double>()).ToList();
        var path = Path.Combine(folder, "cranqrel");
        var number = 0;
        foreach (var line in Lines(path))
        {
            number++;
            var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0)
                continue;
            if (fields.Length != 3 || !Whole(fields[0], out var query) || !Whole(fields[1], out var document) || !Whole(fields[2], out var code)
                || query < 1 || query > queries.Count || document < 1 || document > documents.Count)
            {
                throw new NestorException($"Line {number} of '{path}' is {Quoted.Quote(line)}; a query of {queries.Count}, a document of {documents.Count} and a code were wanted.");
            }

            if (code is >= CompleteAnswer and <= MinimumInterest)
                gains[query - 1][document - 1] = MinimumInterest + 1 - code;
        }

        return new CranfieldCollection(documents, queries, gains);
    }

    // Of every record, which begins with .I, the lines of one field.
    private static List<string> Records(string path, string wanted)
    {
        var records = new List<List<string>>();
        var field = "";
        foreach (var line in Lines(path))
        {
            if (line.StartsWith(".I ", StringComparison.Ordinal))
                records.Add([]);
            if (line is ['.', >= 'A' and <= 'Z', ..] && (line.Length == 2 || line[2] == ' '))
                field = line[1..2];
            else if (field == wanted && records.Count > 0)
                records[^1].Add(line.Trim());
        }

        return records.Count > 0
            ? records.ConvertAll(lines => string.Join(' ', lines).Trim())
            : throw new NestorException($"The file '{path}' holds no record that begins with .I; give the Cranfield collection as SMART distributes it.");
    }

    private static IEnumerable<string> Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(path, error);
        }
    }

    private static bool Whole(string text, out int value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
