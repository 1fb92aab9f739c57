using System.CommandLine;
using Nestor.Cli.Indexing;
using Nestor.Models;
using Nestor.Retrieval;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor index add INDEX COLLECTION --model MODEL</c>: embeds more; what the index knows by name is left out.</summary>
internal static class IndexAddCommand
{
    public static Command Create()
    {
        var (index, collection, model, plan) = (IndexCommand.Index(), IndexCommand.Collection(), IndexCommand.Model(), Arguments.Plan());
        var command = new Command("add", "Add to an index what it does not hold yet.") { index, collection, model, plan };
        command.SetAction((parsed, cancellation) =>
        {
            using var opened = IndexModel.Open(parsed.GetRequiredValue(model));
            var folder = parsed.GetRequiredValue(index);
            using var writer = IndexWriter.Open(folder, opened.Space);
            IndexBuildCommand.Add(opened, writer, folder, parsed.GetRequiredValue(collection), WidthPlanText.Parse(parsed.GetRequiredValue(plan), opened.Config), cancellation);
            return Task.CompletedTask;
        });
        return command;
    }
}
