using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nestor.Cli.Retrieval;
using Nestor.Formats;
using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>The tables and the pictures of <c>nestor reproduce retrieval</c>.</summary>
internal sealed record RetrievalReport
{
    public required string Command { get; init; }

    public required string? Remark { get; init; }

    public required IReadOnlyList<RetrievalResult> Results { get; init; }

    /// <summary>Writes <c>retrieval.md</c> and a picture for each task.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var result in Results)
            AtomicFile.Write(Path.Combine(folder, Picture(result)), stream => stream.Write(Chart(result).GetImageBytes(1000, 600, ImageFormat.Png)));
        AtomicFile.Write(Path.Combine(folder, "retrieval.md"), stream => stream.Write(Encoding.UTF8.GetBytes(Markdown())));
    }

    private static string Picture(RetrievalResult result) => $"retrieval-{result.Task.Name}.png";

    private static Plot Chart(RetrievalResult result)
    {
        static (double, double)[] Points(IEnumerable<RetrievalRow> rows, Func<RetrievalRow, double[]?> values) =>
            [.. rows.Where(row => values(row) is not null).Select(row => ((double)row.Parameters, values(row)![0]))];
        return SizeChart.Draw(
            $"Queries of any size against one database, {result.Task.Title}",
            "parameters that encode a query, millions",
            $"{result.Task.Measures[0]}, %",
            Alignment.MiddleRight,
            [
                new("nested, database by XL", Points(result.Granularities.Concat(result.Mixes), row => row.Adaptive), Joined: true),
                new("nested, same size for both", Points(result.Granularities, row => row.Same), Joined: true),
                new("trained alone, same model for both", Points(result.Granularities, row => row.Alone), Joined: true),
                new("trained alone, database by nested XL", Points(result.Granularities, row => row.Across), Joined: true),
            ]);
    }

    private string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # One database, queries of any size

            MatFormer (arXiv 2310.07707) §4.2.2 at a small size: the database is encoded once by the whole nested model (XL), queries by any slice of it. Beside it: queries and
            database by the same slice, models of the same sizes trained alone, and these against the nested model's database, with whose space theirs has nothing to do (an index
            refuses them; here they are compared nevertheless). All figures in percent, on all queries, by exact search.

            * Machine: {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}.
            * Command: `{Command}`
            {(Remark is null ? "" : $"* Remark: {Remark}\n")}
            """);
        foreach (var result in Results)
            Append(text, result);
        return text.ToString();
    }

    private static void Append(StringBuilder text, RetrievalResult result)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {result.Task.Title}\n\n{result.Task.Description}\n\n![{result.Task.Measures[0]} against size]({Picture(result)})\n");
        for (var measure = 0; measure < result.Task.Measures.Count; measure++)
        {
            text.Append(CultureInfo.InvariantCulture, $"""

                {result.Task.Measures[measure]}{(result.Baseline.Name is { } name ? string.Create(CultureInfo.InvariantCulture, $" ({name}: **{result.Baseline.Values[measure]:F2}**)") : "")}:

                | queries by | parameters | database by XL | same size for both | trained alone, both | trained alone, database by nested XL |
                |---|---:|---:|---:|---:|---:|

                """);
            foreach (var row in result.Granularities.Concat(result.Mixes))
                text.Append(CultureInfo.InvariantCulture, $"| {row.Plan} | {row.Parameters:N0} | {row.Adaptive[measure]:F2} | {Cell(row.Same, measure)} | {Cell(row.Alone, measure)} | {Cell(row.Across, measure)} |\n");
        }
    }

    private static string Cell(double[]? values, int measure) => values is null ? "" : values[measure].ToString("F2", CultureInfo.InvariantCulture);
}
