using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Reports;
using Nestor.Cli.Terminal;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Inference.Weights;
using Nestor.MixNMatch;
using Nestor.Models;
using Nestor.Training.Evaluation;
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
            using var checkpoint = Checkpoint.Open(parsed.GetRequiredValue(model));
            var wanted = Budget.Parse(parsed.GetRequiredValue(budget));
            var folder = parsed.GetValue(output);
            ThrowIfTaken(folder, parsed.GetValue(force));
            var table = Table(checkpoint, parsed.GetValue(costs), wanted.Unit == BudgetUnit.Milliseconds);
            var weights = Arguments.TypeOf(parsed, type) ?? (wanted.Unit == BudgetUnit.Milliseconds ? table?.Type : null) ?? checkpoint.Packing?.Type ?? DecoderWeights.StoredType(checkpoint);
            table = Fitting(table, checkpoint, weights, wanted.Unit == BudgetUnit.Milliseconds || parsed.GetValue(costs) is not null);
            var limit = PlanLimit.Of(checkpoint.Config, wanted, weights, table);
            var held = EvaluationText.Of(TextSources.Open(parsed.GetValue(text)), checkpoint.Tokenizer);
            var decoder = Decoder.Load(checkpoint, new DecoderOptions { Threads = parsed.GetValue(threads), Weights = weights });
            var loss = new DecoderLoss(decoder, held.Tokens.ToArray(), maxTokens: parsed.GetValue(tokens) is var most and > 0 ? most : long.MaxValue);
            var how = Enum.Parse<SelectionRule>(parsed.GetRequiredValue(rule), ignoreCase: true);
            var standard = PlanSelection.EvaluationBudget(limit.Choices);
            var evolution = new EvolutionOptions { Evaluations = parsed.GetValue(evaluations) ?? standard - 1, Seed = (ulong)parsed.GetValue(seed) };
            var progress = new EvaluationProgress(how == SelectionRule.Evolution ? evolution.Evaluations + 1 : standard);
            var found = new FoundPlan
            {
                Config = checkpoint.Config,
                Budget = wanted,
                Type = weights,
                Table = table,
                Selection = PlanSelection.Select(how, limit, new PlanLosses(progress.Watch(plan => loss.Measure(plan, cancellation))), evolution),
                Tokens = loss.Predictions,
            };
            Show(found, folder, parsed.GetValue(json));
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Show(FoundPlan found, string? folder, bool json)
    {
        if (folder is not null)
        {
            CreateFolder(folder);
            PlanReport.Write(found, folder);
        }

        if (json)
        {
            Console.WriteLine(PlanJson.Of(found));
            return;
        }

        AnsiConsole.Console.Write(FrontierTable.Of(found));
        var (selection, cost) = (found.Selection, found.Cost);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{selection.Evaluations} plans measured, each on {found.Tokens:N0} tokens"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cost: {cost.Parameters.Total:N0} parameters ({cost.Parameters.NonEmbedding:N0} without embeddings), {cost.Bytes / 1e6:N2} MB as {found.Type}, {cost.Flops / 1e6:N1} MFLOP and {cost.ReadBytes / 1e6:N2} MB read per token{(cost.Milliseconds is { } time ? $", {time:F4} ms" : "")}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"loss: {selection.Loss:F4} nats per token, {selection.Loss - selection.WholeLoss:+0.0000;-0.0000} against the whole model"));
        Console.WriteLine($"plan: {found.Text}");
        if (folder is not null)
            Console.WriteLine($"written to {folder}");
    }

    /// <summary>The table that is given, or the model's own; a budget in milliseconds warns where it was measured elsewhere.</summary>
    private static CostTable? Table(Checkpoint checkpoint, string? file, bool needed)
    {
        var own = Path.Combine(checkpoint.Folder, ProfileCommand.StandardFile);
        var path = file ?? (File.Exists(own) ? own : null);
        var table = path is null ? null : CostTable.Read(path);
        if (needed && table is not null && table.Machine != MachineDescription.Text)
            Console.Error.WriteLine($"nestor: the cost table was measured on another machine or runtime ({Quoted.OneLine(table.Machine)}); run nestor profile for this one.");
        return table;
    }

    /// <summary>The table if it is of this model and type; one that was not asked for is left out where it is not.</summary>
    private static CostTable? Fitting(CostTable? table, Checkpoint checkpoint, WeightType type, bool needed)
    {
        if (!needed && table is not null && (table.Type != type || table.Model != checkpoint.Fingerprint))
            return null;
        table?.ThrowIfNotOf(checkpoint, type);
        return table;
    }

    private static void ThrowIfTaken(string? folder, bool force)
    {
        if (folder is null)
            return;
        FileError.CheckPath(folder);
        if (File.Exists(folder))
            throw new NestorException($"'{folder}' is a file; name a folder with --out.");
        if (!force && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new NestorException($"The folder '{folder}' is not empty; choose another one, or write into it with --force.");
    }

    private static void CreateFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw new NestorException($"The folder '{folder}' cannot be created: {error.Message} Choose a place where you may write.", error);
        }
    }
}
