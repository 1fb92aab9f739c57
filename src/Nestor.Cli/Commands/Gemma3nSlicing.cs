using Nestor.Models;
using Nestor.Models.Gemma3n;

namespace Nestor.Cli.Commands;

/// <summary>Which slice of a Gemma 3n was asked for.</summary>
/// <param name="Plan">Widths of the layers that stay.</param>
/// <param name="Skip">Layers to leave out.</param>
/// <param name="Config">The name of a configuration, in place of both.</param>
/// <param name="Configs">A file with configurations, in place of the published ones.</param>
internal sealed record Gemma3nRequest(string Plan, string? Skip, string? Config, string? Configs);

/// <summary>What <c>nestor slice</c> does with a Gemma 3n: it shows the plan and its size, then writes.</summary>
internal static class Gemma3nSlicing
{
    public static void Run(string folder, Gemma3nRequest request, string output, Gemma3nSliceOptions options, bool dryRun, CancellationToken cancellation)
    {
        options.Validate();
        using var model = Gemma3nCheckpoint.Open(folder);
        var plan = PlanOf(request, model);
        var slice = model.Slice(plan);
        var (whole, part) = (model.Parameters, slice.Parameters);
        Console.WriteLine($"widths      {plan.Widths}");
        Console.WriteLine($"layers      {plan.Widths.Layers} of {model.Widths.Layers}{(plan.Skipped.IsEmpty ? "" : $", without {LayerListText.Print(plan.Skipped)}")}");
        Console.WriteLine($"effective   {part.Effective:N0} of {whole.Effective:N0} parameters");
        Console.WriteLine($"text        {part.Text:N0} of {whole.Text:N0} parameters");
        Console.WriteLine($"bytes       {slice.Bytes:N0} in {slice.Shards(options.ShardBytes)} files of weights");
        if (Untrained(plan, model.Widths) is { } width)
            Console.WriteLine($"note        {width} neurons are neither all nor half of a layer, the widths that Gemma 3n was trained at; expect it to be worse than its size");
        if (dryRun)
            return;
        slice.Save(output, options, cancellation);
        Console.WriteLine($"written to {output}");
    }

    private static Gemma3nPlan PlanOf(Gemma3nRequest request, Gemma3nCheckpoint model)
    {
        if (request.Config is { } name)
            return PublishedPlan.Find(name, request.Configs is { } file ? PublishedPlanFile.Read(file) : PublishedPlan.All).Plan;
        return Gemma3nPlan.Parse(request.Plan, request.Skip ?? "", model.Widths);
    }

    /// <summary>The first width that the model was not trained at, if there is one.</summary>
    private static int? Untrained(Gemma3nPlan plan, WidthPlan whole)
    {
        foreach (var width in plan.Widths.AsSpan())
        {
            if (width != whole.Widest && width * 2 != whole.Widest)
                return width;
        }

        return null;
    }
}
