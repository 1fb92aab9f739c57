using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Indexing;
using Nestor.Models;
using Nestor.Retrieval;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor index build MODEL COLLECTION --out INDEX</c>: embeds a collection with the whole model.</summary>
internal static class IndexBuildCommand
{
    public static Command Create()
    {
        var (model, collection, output, plan) = (Arguments.Model(), IndexCommand.Collection(), Arguments.Out("Folder for the index."), Arguments.Plan());
        var inner = new Option<bool>("--inner-product") { Description = "Compare by inner products instead of cosines." };
        var command = new Command("build", "Embed a collection into a new index.") { model, collection, output, plan, inner };
        command.SetAction((parsed, cancellation) =>
        {
            Run(parsed.GetRequiredValue(model), parsed.GetRequiredValue(collection), parsed.GetRequiredValue(output), parsed.GetRequiredValue(plan),
                parsed.GetValue(inner) ? Similarity.InnerProduct : Similarity.Cosine, cancellation);
            return Task.CompletedTask;
        });
        return command;
    }

    /// <summary>Adds a collection and says what became of it.</summary>
    public static void Add(IndexModel model, IndexWriter index, string folder, string collection, WidthPlan plan, CancellationToken cancellation)
    {
        var (added, known) = model.AddTo(index, collection, plan, cancellation);
        var left = known > 0 ? string.Create(CultureInfo.InvariantCulture, $", {known:N0} known already") : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{added:N0} vectors added{left}: the index {folder} holds {index.Count:N0} of {index.Space.Dimensions} dimensions"));
    }

    private static void Run(string folder, string collection, string output, string planText, Similarity similarity, CancellationToken cancellation)
    {
        using var model = IndexModel.Open(folder);
        var plan = WidthPlanText.Parse(planText, model.Config);
        using var index = IndexWriter.Create(output, model.Space, similarity);
        Add(model, index, output, collection, plan, cancellation);
    }
}
