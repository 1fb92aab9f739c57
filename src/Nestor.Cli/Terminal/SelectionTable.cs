using System.Globalization;
using Nestor.Training.Robustness.Selection;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>A selection as tables.</summary>
internal static class SelectionTable
{
    private const int Shown = 5;

    public static void Write(IAnsiConsole console, CommitteeSelection selection)
    {
        var models = Table("model", "clean", "robust alone");
        foreach (var model in selection.Pool)
            models.AddRow(Markup.Escape(model.Name), Percent(CommitteeSelection.Share(model.Right)), Percent(CommitteeSelection.Share(model.Robust)));
        console.Write(models);

        var committees = Table("committee", "clean", "counted", "robust, estimated", "after the whole attack");
        foreach (var (place, candidate) in selection.Ranked.Take(Shown).Index())
            Add(committees, selection.Names(candidate), candidate, place < selection.Confirmed.Count ? Percent(selection.Confirmed[place]) : "");
        Add(committees, $"of the most robust models: {selection.Names(selection.OfBestModels)}", selection.OfBestModels, "");
        Add(committees, $"the worst: {selection.Names(selection.Ranked[^1])}", selection.Ranked[^1], "");
        committees.AddRow("any, on average", "", "", Percent(selection.Mean), "");
        console.Write(committees);
        console.WriteLine("These are the images that the choice was made by; measure the chosen committee once on the test part with nestor robust evaluate.");
    }

    private static void Add(Table table, string name, CommitteeCandidate candidate, string confirmed) =>
        table.AddRow(Markup.Escape(name), Percent(candidate.Clean), Percent(candidate.Counted), Percent(candidate.Robust), confirmed);

    private static Table Table(string first, params string[] others)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(first);
        foreach (var heading in others)
            table.AddColumn(new TableColumn(heading).RightAligned());
        return table;
    }

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + "%";
}
