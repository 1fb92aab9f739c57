using System.Globalization;

namespace Nestor.Bench;

/// <summary>The engine against its peers and against its own promises, one section each, as <c>engine.md</c>.</summary>
internal static class EngineBenchmark
{
    /// <summary>The sections in the order of the report.</summary>
    public static IReadOnlyList<(string Name, Action<EngineOptions, EngineModels, TextWriter> Run)> Sections { get; } =
    [
        ("peers", PeerComparison.Run),
        ("widths", WidthComparison.Run),
        ("batch", MixedBatch.Run),
        ("bandwidth", BandwidthTable.Run),
        ("cold", ColdStart.Run),
    ];

    /// <summary>Measures what the arguments ask for and writes the report.</summary>
    public static int RunFrom(string[] arguments)
    {
        var options = EngineOptions.Parse(arguments);
        var models = new EngineModels(options.Work);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        text.WriteLine($"# The engine\n\nCommand: `dotnet run -c Release --project bench/Nestor.Bench -- engine{string.Concat(arguments.Select(Shown))}`\n");
        text.WriteLine($"{Machine.Description}. {Machine.Load("Before the run")}");
        foreach (var (name, run) in Sections.Where(section => options.Sections.Contains(section.Name)))
        {
            Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} {name}");
            text.WriteLine();
            run(options, models, text);
        }

        text.WriteLine();
        text.WriteLine(Machine.Load("After the run"));
        Directory.CreateDirectory(options.Results);
        File.WriteAllText(Path.Combine(options.Results, "engine.md"), text.ToString());
        Console.WriteLine(text);
        return 0;
    }

    /// <summary>An argument as the report shows it: paths by their last part.</summary>
    private static string Shown(string argument) => " " + (Path.IsPathRooted(argument) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(argument)) : argument);
}
