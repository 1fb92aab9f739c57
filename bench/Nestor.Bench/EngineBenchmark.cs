using System.CommandLine;
using System.Globalization;
using Nestor.Inference;

namespace Nestor.Bench;

/// <summary>The engine against its peers and against its own promises, one section each, as <c>engine.md</c>.</summary>
internal static class EngineBenchmark
{
    /// <summary>The sections in the order of the report.</summary>
    private static readonly (string Name, Action<EngineOptions, EngineModels, TextWriter> Run)[] Sections =
    [
        ("peers", PeerComparison.Run),
        ("widths", WidthComparison.Run),
        ("batch", MixedBatch.Run),
        ("bandwidth", BandwidthTable.Run),
        ("cold", ColdStart.Run),
    ];

    /// <summary>Reads the command line, measures and writes the report.</summary>
    public static int RunFrom(string[] arguments)
    {
        var peers = new Option<string?>("--peers")
        {
            Description = "Folder with llama.cpp and ik_llama.cpp, built in their folders build; NESTOR_PEERS if not given. Those that are not there are left out.",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable("NESTOR_PEERS"),
        };
        var sample = new Option<string?>("--sample") { Description = "samples/generate as a native file, for the cold start." };
        var work = new Option<string>("--work") { Description = "Where random models are kept from run to run, some gigabytes.", DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "nestor-engine") };
        var rounds = new Option<int>("--rounds") { Description = "Measurements of each cell.", DefaultValueFactory = _ => 3 };
        var models = Several("--models", "Models to measure.", EngineModels.Names);
        var types = Several("--types", "Weight types to measure.", [.. EngineOptions.AllTypes.Select(type => type.ToString().ToLowerInvariant())]);
        var sections = Several("--sections", "Sections to measure.", [.. Sections.Select(section => section.Name)]);
        var output = new Option<string>("--out") { Description = "File to write.", DefaultValueFactory = _ => Path.Combine("bench", "results", "engine.md") };
        var command = new RootCommand("Measures the engine.") { peers, sample, work, rounds, models, types, sections, output };
        command.SetAction(parsed =>
        {
            var options = new EngineOptions
            {
                Peers = parsed.GetValue(peers),
                Sample = parsed.GetValue(sample),
                Work = parsed.GetRequiredValue(work),
                Rounds = parsed.GetValue(rounds),
                Models = parsed.GetRequiredValue(models),
                Types = [.. parsed.GetRequiredValue(types).Select(name => Enum.Parse<WeightType>(name, ignoreCase: true))],
            };
            Measure(options, parsed.GetRequiredValue(sections), $"engine{Shown(arguments)}", parsed.GetRequiredValue(output));
        });
        return command.Parse(arguments).Invoke();
    }

    // The report grows section by section, so that one that is stopped keeps what it has measured.
    private static void Measure(EngineOptions options, string[] sections, string command, string path)
    {
        var (models, others) = (new EngineModels(options.Work), new OtherPrograms());
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        foreach (var (name, run) in Sections.Where(section => sections.Contains(section.Name)))
        {
            Progress(name);
            text.WriteLine();
            run(options, models, text);
            File.WriteAllText(path, $"# The engine\n\nCommand: `dotnet run -c Release --project bench/Nestor.Bench -- {command}`\n\n{Machine.Description}. {others.Told()}\n{text}");
        }

        Console.WriteLine(File.ReadAllText(path));
    }

    /// <summary>Tells on standard error what is being measured now.</summary>
    internal static void Progress(string what) => Console.Error.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {what}");

    private static Option<string[]> Several(string name, string description, IReadOnlyCollection<string> values)
    {
        var option = new Option<string[]>(name) { Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. values] };
        option.AcceptOnlyFromAmong([.. values]);
        return option;
    }

    /// <summary>The arguments as the report shows them: paths by their last part, and not where the report itself goes.</summary>
    private static string Shown(string[] arguments) => string.Concat(arguments
        .Where((argument, i) => argument != "--out" && (i == 0 || arguments[i - 1] != "--out"))
        .Select(argument => " " + (Path.IsPathRooted(argument) ? Path.GetFileName(Path.TrimEndingDirectorySeparator(argument)) : argument)));
}
