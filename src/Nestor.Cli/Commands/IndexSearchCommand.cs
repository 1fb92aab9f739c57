using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nestor.Cli.Indexing;
using Nestor.Models;
using Nestor.Retrieval;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor index search INDEX --model MODEL --plan S --query Q</c>: asks an index, at any width.</summary>
internal static class IndexSearchCommand
{
    public static Command Create()
    {
        var (index, model, plan, json) = (IndexCommand.Index(), IndexCommand.Model(), Arguments.Plan(), Arguments.Json());
        var query = new Option<string[]>("--query") { Description = "A picture file, or words, as the model takes. May be repeated.", Required = true };
        var count = new Option<int>("--count") { Description = "Matches for each query.", DefaultValueFactory = _ => 10 };
        var filter = new Option<int?>("--filter-dimensions") { Description = "Choose candidates by this many dimensions first, and compare only those as a whole." };
        var candidates = new Option<int>("--candidates") { Description = "Candidates of the filter.", DefaultValueFactory = _ => 1000 };
        var command = new Command("search", "Find what is most alike a picture or a text.") { index, model, plan, query, count, filter, candidates, json };
        command.SetAction(parsed =>
        {
            var options = new SearchOptions
            {
                Count = parsed.GetValue(count),
                Threads = Environment.ProcessorCount,
                FilterDimensions = parsed.GetValue(filter),
                FilterCandidates = parsed.GetValue(candidates),
            };
            options.Validate();
            Run(parsed.GetRequiredValue(index), parsed.GetRequiredValue(model), parsed.GetRequiredValue(plan), parsed.GetRequiredValue(query), options, parsed.GetValue(json));
        });
        return command;
    }

    private static void Run(string folder, string modelFolder, string planText, string[] queries, SearchOptions options, bool json)
    {
        using var index = VectorIndex.Open(folder);
        using var model = IndexModel.Open(modelFolder);
        index.ThrowIfOther(model.Space);
        var plan = WidthPlanText.Parse(planText, model.Config);
        var answers = index.SearchMany([.. queries.SelectMany(query => model.Query(query, plan))], options);
        if (json)
            WriteJson(index, queries, answers);
        else
            WriteTables(index, queries, answers);
    }

    private static void WriteTables(VectorIndex index, string[] queries, IReadOnlyList<IReadOnlyList<Match>> answers)
    {
        foreach (var (query, matches) in queries.Zip(answers))
        {
            if (queries.Length > 1)
                AnsiConsole.Console.WriteLine(query);
            var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("rank").RightAligned()).AddColumn(new TableColumn(index.Similarity == Similarity.Cosine ? "cosine" : "inner product").RightAligned()).AddColumn("name");
            foreach (var (match, rank) in matches.Select((match, i) => (match, i + 1)))
                table.AddRow(rank.ToString(CultureInfo.InvariantCulture), match.Score.ToString("F4", CultureInfo.InvariantCulture), Markup.Escape(index.Name(match.Row)));
            AnsiConsole.Console.Write(table);
        }
    }

    private static void WriteJson(VectorIndex index, string[] queries, IReadOnlyList<IReadOnlyList<Match>> answers) =>
        Console.WriteLine(JsonSerializer.Serialize(
            queries.Zip(answers, (query, matches) => new { query, matches = matches.Select(match => new { name = index.Name(match.Row), score = match.Score, row = match.Row }) }),
            new JsonSerializerOptions { WriteIndented = true }));
}
