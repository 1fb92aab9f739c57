using System.Diagnostics;
using System.Text.Json;
using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary>Losses that an experiment measured, kept in a file of its work folder: what is there is not measured again.</summary>
/// <remarks>
/// A line for each plan, begun on a new line whatever stands before it. A line that a stopped run left unfinished, or that is of another
/// measurement, is passed over.
/// </remarks>
internal sealed class LossLog
{
    private readonly string path;
    private readonly string key;
    private readonly int windows;
    private readonly Func<WidthPlan, double[]> measure;
    private readonly Dictionary<string, Entry> known = [];

    /// <summary>Reads what is there.</summary>
    /// <param name="path">The file; created where it does not exist.</param>
    /// <param name="key">What is measured, so that another model, type or text is not taken for it.</param>
    /// <param name="windows">Windows of the text.</param>
    /// <param name="measure">Measures a plan: the nats of each window.</param>
    /// <exception cref="NestorException">The file cannot be read.</exception>
    public LossLog(string path, string key, int windows, Func<WidthPlan, double[]> measure)
    {
        (this.path, this.key, this.windows, this.measure) = (path, key, windows, measure);
        try
        {
            foreach (var line in File.Exists(path) ? File.ReadLines(path) : [])
            {
                if (Parse(line) is { } entry && entry.Key == key && entry.Nats.Length == windows)
                    known[entry.Plan] = entry;
            }
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(path, error);
        }
    }

    /// <summary>The nats of each window at a plan.</summary>
    /// <exception cref="NestorException">The file cannot be written.</exception>
    public double[] Windows(WidthPlan plan) => Of(plan).Nats;

    /// <summary>Seconds that measuring a plan took.</summary>
    public double Seconds(WidthPlan plan) => Of(plan).Seconds;

    private Entry Of(WidthPlan plan)
    {
        if (known.TryGetValue(plan.ToString(), out var entry))
            return entry;
        var start = Stopwatch.GetTimestamp();
        var nats = measure(plan);
        entry = new Entry(key, plan.ToString(), Stopwatch.GetElapsedTime(start).TotalSeconds, nats);
        try
        {
            File.AppendAllText(path, "\n" + JsonSerializer.Serialize(entry));
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Writing(path, error);
        }

        known.Add(entry.Plan, entry);
        return entry;
    }

    private static Entry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Entry>(line) is { Key: not null, Plan: not null, Nats: not null } entry ? entry : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record Entry(string Key, string Plan, double Seconds, double[] Nats);
}
