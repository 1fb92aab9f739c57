using System.Globalization;
using Nestor.Inference.Measurement;
using Nestor.Models;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>Speeds of plans as a table.</summary>
internal static class SpeedTable
{
    public static void Write(IReadOnlyList<MeasuredSpeed> speeds, ModelConfig config, SpeedOptions options)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("plan");
        table.AddColumn("type");
        foreach (var heading in new[] { "threads", "prefill tokens/s", "decode tokens/s", "MB/token", "GB/s", "of read speed" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var speed in speeds)
        {
            table.AddRow(
                Markup.Escape(WidthPlanText.Print(speed.Plan, config.Granularities)),
                speed.Type.ToString().ToLowerInvariant(),
                Number(speed.Threads, "F0"),
                Number(speed.Prefill.Median, "F0"),
                Number(speed.Decode.Median, "F1"),
                Number(speed.BytesPerToken / 1e6, "F1"),
                Number(speed.BytesPerSecond / 1e9, "F1"),
                Number(100 * speed.BandwidthShare, "F0") + " %");
        }

        AnsiConsole.Console.Write(table);
        AnsiConsole.Console.WriteLine($"{options.PromptTokens} tokens of prompt, {options.GeneratedTokens} decoded; medians of {options.Rounds} rounds; time is {string.Join(", ", Clocks(speeds))}.");
        foreach (var speed in speeds.DistinctBy(speed => speed.Threads))
            AnsiConsole.Console.WriteLine($"Read speed of memory on {(speed.Threads == 1 ? "1 thread" : $"{speed.Threads} threads")}: {Number(speed.Bandwidth.Median / 1e9, "F1")} GB/s. Caches may hold a small model and make it faster than that.");
    }

    private static IEnumerable<string> Clocks(IReadOnlyList<MeasuredSpeed> speeds) => speeds.GroupBy(speed => speed.Clock)
        .Select(group => $"{group.Key} for {string.Join(" and ", group.Select(speed => speed.Threads).Distinct())} {(group.All(speed => speed.Threads == 1) ? "thread" : "threads")}");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
