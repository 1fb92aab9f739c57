using System.CommandLine;
using Nestor.Cli.Reports;
using Nestor.Cli.Terminal;
using Nestor.Inference;
using Nestor.MixNMatch;
using Nestor.Models;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor plan MODEL --budget 60%</c>: the best plan that fits, what it costs and what it loses.</summary>
internal static class PlanCommand
{
    // Enough for differences of some thousandths of a nat between plans, which share what makes a text hard.
    private const long Tokens = 50_000;

    public static Command Create()
    {
        var (model, text, type, threads) = (Arguments.Model(), Arguments.Text(), Arguments.WeightType(), Arguments.Threads());
        var budget = new Option<string>("--budget") { Description = "60% or 30M of parameters, 400MB of weights, or 12ms for a token.", Required = true };
        var rule = new Option<string>("--rule") { Description = "paper, measured or evolution.", DefaultValueFactory = _ => "measured" };
        rule.AcceptOnlyFromAmong([.. Enum.GetNames<SelectionRule>().Select(name => name.ToLowerInvariant())]);
        var costs = new Option<string?>("--costs") { Description = $"Table of nestor profile; without it, {ProfileCommand.StandardFile} in the model's folder, if it is there." };
        var evaluations = new Option<int?>("--evaluations") { Description = "Plans that an evolution may measure; without it, as many as the measured rule." };
        var (tokens, seed, json) = (Arguments.TokensToMeasure(Tokens), Arguments.Seed(), Arguments.Json());
        var output = new Option<string?>("--out") { Description = "Folder for the plan, a page with the frontier, and JSON." };
        var force = new Option<bool>("--force") { Description = "Write into a folder that holds files already." };
        var command = new Command("plan", "Find the best slice for a budget, and measure what it loses.") { model, budget, text, rule, costs, type, threads, tokens, evaluations, seed, output, force, json };
        command.SetAction((parsed, cancellation) =>
        {
            var request = new PlanRequest
            {
                Budget = Budget.Parse(parsed.GetRequiredValue(budget)),
                Rule = Enum.Parse<SelectionRule>(parsed.GetRequiredValue(rule), ignoreCase: true),
                Type = Arguments.TypeOf(parsed, type),
                Costs = parsed.GetValue(costs),
                Text = parsed.GetValue(text),
                Tokens = parsed.GetValue(tokens) is var most and > 0 ? most : long.MaxValue,
                Threads = parsed.GetValue(threads),
                Evaluations = parsed.GetValue(evaluations),
                Seed = (ulong)parsed.GetValue(seed),
            };
            var folder = parsed.GetValue(output);
            using var checkpoint = Checkpoint.Open(parsed.GetRequiredValue(model));
            if (folder is not null)
                OutputFolder.Check(folder, "the plan", checkpoint.Folder, parsed.GetValue(force));
            Show(request.Find(checkpoint, cancellation), folder, parsed.GetValue(json));
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Show(FoundPlan found, string? folder, bool json)
    {
        if (folder is not null)
        {
            FolderCreation.Create(folder);
            PlanReport.Write(found, folder);
        }

        if (json)
        {
            Console.WriteLine(PlanJson.Of(found));
            return;
        }

        AnsiConsole.Console.Write(FrontierTable.Of(found));
        var (selection, cost) = (found.Selection, found.Cost);
        var time = cost.Milliseconds is { } milliseconds ? Text($", {milliseconds:F4} ms") : "";
        var weights = Enum.GetValues<WeightType>().Select(type => Text($"{WeightBytes.Of(found.Config, selection.Plan, type) / 1e6:N2} MB as {type}"));
        Console.WriteLine(Text($"{selection.Evaluations} plans measured, each on {found.Tokens:N0} tokens"));
        Console.WriteLine(Text($"cost: {cost.Parameters.Total:N0} parameters ({cost.Parameters.NonEmbedding:N0} without embeddings)"));
        Console.WriteLine($"weights: {string.Join(", ", weights)}");
        Console.WriteLine(Text($"a token: {cost.Flops / 1e6:N1} MFLOP, {cost.ReadBytes / 1e6:N2} MB read as {found.Type}{time}"));
        Console.WriteLine(Text($"loss: {selection.Loss:F4} nats per token, {selection.Loss - selection.WholeLoss:+0.0000;-0.0000} against the whole model"));
        Console.WriteLine($"plan: {found.Text}");
        if (folder is not null)
            Console.WriteLine($"written to {folder}");
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
