using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Nestor.Cli.Terminal;
using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Models;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor bench MODEL</c>: tokens per second of prefill and decoding at every width, weight type and thread count.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var (model, json) = (Arguments.Model(), Arguments.Json());
        var plans = Arguments.Plans("Plan to measure, instead of the granularities and the full model.");
        var types = new Option<WeightType?[]>("--type")
        {
            Description = $"Weight types, separated by commas: {string.Join(", ", Enum.GetNames<WeightType>()).ToLowerInvariant()}. Without it, what the folder has.",
            CustomParser = result => Items(result, text => Enum.TryParse<WeightType>(text, ignoreCase: true, out var type) && Enum.IsDefined(type) && !char.IsAsciiDigit(text[0]) ? (WeightType?)type : null, "a weight type"),
            DefaultValueFactory = _ => [null],
        };
        var threads = new Option<int?[]>("--threads")
        {
            Description = "Numbers of threads, separated by commas. Without it, one and all processors.",
            CustomParser = result => Items(result, text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? (int?)number : null, "a number of threads"),
            DefaultValueFactory = _ => [1, Environment.ProcessorCount],
        };
        var prompt = new Option<int>("--prompt") { Description = "Tokens of the prompt.", DefaultValueFactory = _ => 512 };
        var generate = new Option<int>("--generate") { Description = "Tokens to decode, from an empty context.", DefaultValueFactory = _ => 64 };
        var rounds = new Option<int>("--rounds") { Description = "Measurements of each cell; the median is told.", DefaultValueFactory = _ => 5 };
        var command = new Command("bench", "Measure tokens per second at several widths, weight types and thread counts.") { model, plans, types, threads, prompt, generate, rounds, json };
        command.SetAction((parsed, cancellation) =>
        {
            using var checkpoint = Checkpoint.Open(parsed.GetRequiredValue(model));
            var options = new SpeedOptions
            {
                Plans = MeasuredPlans.Instead(checkpoint.Config, parsed.GetRequiredValue(plans)),
                Types = parsed.GetRequiredValue(types),
                Threads = [.. parsed.GetRequiredValue(threads).Select(number => number!.Value)],
                PromptTokens = Fitting(parsed, prompt, checkpoint.Config.ContextLength),
                GeneratedTokens = Fitting(parsed, generate, checkpoint.Config.ContextLength),
                Rounds = parsed.GetValue(rounds),
            };
            Run(checkpoint, options, parsed.GetValue(json), cancellation);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(Checkpoint checkpoint, SpeedOptions options, bool json, CancellationToken cancellation)
    {
        var speeds = SpeedMeasurement.Run(checkpoint, options, cancellation);
        if (json)
            WriteJson(speeds, checkpoint.Config, options);
        else
            SpeedTable.Write(speeds, checkpoint.Config, options);
    }

    /// <summary>A number of tokens that was asked for, or the usual one as far as the context has room.</summary>
    private static int Fitting(ParseResult parsed, Option<int> option, int context)
    {
        var value = parsed.GetValue(option);
        return parsed.GetResult(option) is { Implicit: false } ? value : Math.Min(value, context);
    }

    private static T[] Items<T>(ArgumentResult result, Func<string, T?> parse, string wanted)
    {
        var items = new List<T>();
        foreach (var text in result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (text.Length > 0 && parse(text) is { } item)
                items.Add(item);
            else
                result.AddError($"'{text}' for {((OptionResult)result.Parent!).Option.Name} is not {wanted}.");
        }

        return [.. items];
    }

    private static void WriteJson(List<MeasuredSpeed> speeds, ModelConfig config, SpeedOptions options)
    {
        var rows = speeds.Select(speed => new
        {
            plan = WidthPlanText.Print(speed.Plan, config.Granularities),
            type = speed.Type.ToString().ToLowerInvariant(),
            threads = speed.Threads,
            clock = speed.Clock.ToLowerInvariant(),
            prompt_tokens = options.PromptTokens,
            generated_tokens = options.GeneratedTokens,
            rounds = options.Rounds,
            prefill_tokens_per_second = speed.Prefill.Median,
            decode_tokens_per_second = speed.Decode.Median,
            bytes_per_token = (long)speed.BytesPerToken,
            decode_bytes_per_second = speed.BytesPerSecond,
            read_bytes_per_second = speed.Bandwidth.Median,
            bandwidth_share = speed.BandwidthShare,
        });
        Console.WriteLine(JsonSerializer.Serialize(rows, new JsonSerializerOptions { WriteIndented = true }));
    }
}
