using System.CommandLine;
using Nestor.Cli.Terminal;
using Nestor.MixNMatch;
using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor profile MODEL</c>: times each layer at each width on this machine and writes the table that budgets in milliseconds need.</summary>
internal static class ProfileCommand
{
    /// <summary>The name of a model's table where none is given.</summary>
    public const string StandardFile = "nestor-costs.json";

    public static Command Create()
    {
        var (model, type, threads) = (Arguments.Model(), Arguments.WeightType(), Arguments.Threads());
        var generate = new Option<int?>("--generate") { Description = "Tokens to decode in a measurement; without it 64, or the context where it is shorter." };
        var rounds = new Option<int>("--rounds") { Description = "Measurements of each plan; the median counts.", DefaultValueFactory = _ => new ProfileOptions().Rounds };
        var output = new Option<string?>("--out") { Description = $"File for the table; without it, {StandardFile} in the model's folder." };
        var command = new Command("profile", "Time each layer at each width on this machine, for budgets in milliseconds.") { model, type, threads, generate, rounds, output };
        command.SetAction((parsed, cancellation) =>
        {
            using var checkpoint = Checkpoint.Open(parsed.GetRequiredValue(model));
            var options = new ProfileOptions
            {
                Type = Arguments.TypeOf(parsed, type),
                Threads = parsed.GetValue(threads),
                Tokens = parsed.GetValue(generate) ?? Math.Min(new ProfileOptions().Tokens, checkpoint.Config.ContextLength),
                Rounds = parsed.GetValue(rounds),
            };
            Run(checkpoint, options, parsed.GetValue(output) ?? Path.Combine(checkpoint.Folder, StandardFile), cancellation);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(Checkpoint checkpoint, ProfileOptions options, string file, CancellationToken cancellation)
    {
        ThrowIfOther(file);
        var table = LayerProfile.Measure(checkpoint, options, cancellation: cancellation);
        table.Write(file);
        LayerTimesTable.Write(table, checkpoint.Config);
        Console.WriteLine($"written to {file}");
    }

    /// <summary>Only an older table may be replaced.</summary>
    private static void ThrowIfOther(string file)
    {
        if (!File.Exists(file))
            return;
        try
        {
            CostTable.Read(file);
        }
        catch (NestorException error)
        {
            throw new NestorException($"The file '{file}' is there already and is no cost table; choose another name with --out.", error);
        }
    }
}
