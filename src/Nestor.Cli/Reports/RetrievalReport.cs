using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nestor.Cli.Retrieval;
using Nestor.Formats;
using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>The page and the picture of one collection of <c>nestor reproduce retrieval</c>.</summary>
internal sealed record RetrievalReport
{
    public required string Command { get; init; }

    public required string? Remark { get; init; }

    public required RetrievalResult Result { get; init; }

    private string Name => $"retrieval-{Result.Task.Name}";

    /// <summary>Writes <c>retrieval-COLLECTION.md</c> and its picture.</summary>
    /// <returns>The page.</returns>
    public string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var page = Path.Combine(folder, Name + ".md");
        AtomicFile.Write(Path.Combine(folder, Name + ".png"), stream => stream.Write(Chart().GetImageBytes(1000, 600, ImageFormat.Png)));
        AtomicFile.Write(page, stream => stream.Write(Encoding.UTF8.GetBytes(Markdown())));
        return page;
    }

    private Plot Chart()
    {
        static (double, double)[] Points(IEnumerable<RetrievalRow> rows, Func<RetrievalRow, double[]?> values) =>
            [.. rows.Where(row => values(row) is not null).Select(row => ((double)row.Parameters, values(row)![0]))];
        return SizeChart.Draw(
            $"Queries of any size against one database, {Result.Task.Title}",
            "parameters that encode a query, millions",
            $"{Result.Task.Measures[0]}, %",
            Alignment.MiddleRight,
            [
                new("nested, database by XL", Points(Result.Granularities.Concat(Result.Mixes), row => row.Adaptive), Joined: true),
                new("nested, same size for both", Points(Result.Granularities, row => row.Same), Joined: true),
                new("trained alone, same model for both", Points(Result.Granularities, row => row.Alone), Joined: true),
                new("trained alone, database by nested XL", Points(Result.Granularities, row => row.Across), Joined: true),
            ]);
    }

    private string Markdown()
    {
        var (task, baseline) = (Result.Task, Result.Baseline);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # One database, queries of any size: {task.Title}

            MatFormer (arXiv 2310.07707) §4.2.2 at a small size: the database is encoded once by the whole nested model (XL), queries by any slice of it. Beside it: queries and
            database by the same slice, models of the same sizes trained alone, and these against the nested model's database, with whose space theirs has nothing to do (an index
            refuses them; here they are compared nevertheless). All figures in percent, on all queries, by exact search.

            {task.Description}

            * Machine: {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}.
            * Command: `{Command}`
            {(Remark is null ? "" : $"* Remark: {Remark}\n")}
            ![{task.Measures[0]} against size]({Name}.png)

            """);
        for (var measure = 0; measure < task.Measures.Count; measure++)
        {
            text.Append(CultureInfo.InvariantCulture, $"""

                ## {task.Measures[measure]}
                {(baseline.Name is null ? "" : string.Create(CultureInfo.InvariantCulture, $"\n{baseline.Name}, which knows no model: **{baseline.Values[measure]:F2}**.\n"))}
                | queries by | parameters | database by XL | same size for both | trained alone, both | trained alone, database by nested XL |
                |---|---:|---:|---:|---:|---:|

                """);
            foreach (var row in Result.Granularities.Concat(Result.Mixes))
                text.Append(CultureInfo.InvariantCulture, $"| {row.Plan} | {row.Parameters:N0} | {row.Adaptive[measure]:F2} | {Cell(row.Same, measure)} | {Cell(row.Alone, measure)} | {Cell(row.Across, measure)} |\n");
        }

        return text.ToString();
    }

    private static string Cell(double[]? values, int measure) => values is null ? "" : values[measure].ToString("F2", CultureInfo.InvariantCulture);
}
