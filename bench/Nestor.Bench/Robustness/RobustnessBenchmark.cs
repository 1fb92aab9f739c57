using System.CommandLine;
using System.Globalization;
using Nestor.Training;
using static TorchSharp.torch;

namespace Nestor.Bench.Robustness;

/// <summary>The attacks against an independent program and against the same attacks written straightforwardly, as <c>robustness.md</c>.</summary>
internal static class RobustnessBenchmark
{
    private const int SubjectParts = 3;

    /// <summary>The sections in the order of the report.</summary>
    private static readonly (string Name, Action<RobustnessOptions, TextWriter> Run)[] Sections =
    [
        ("agreement", AgreementTable.Run),
        ("time", AttackSpeedTable.Run),
    ];

    /// <summary>Reads the command line, measures and writes the report.</summary>
    public static int RunFrom(string[] arguments)
    {
        var subjects = new Option<string[]>("--subjects") { Description = "MODEL IMAGES EPSILON, several times if wanted: a folder of a plain network, images whose test part is used, and the largest change, such as 8/255.", Required = true, AllowMultipleArgumentsPerToken = true };
        var peers = new Option<string?>("--peers")
        {
            Description = "Folder with a checkout of auto-attack; NESTOR_PEERS if not given. Without it the comparison is left out.",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable("NESTOR_PEERS"),
        };
        var python = new Option<string>("--python") { Description = "A Python that has PyTorch.", DefaultValueFactory = _ => "python3" };
        var script = new Option<string>("--script") { Description = "The script that runs the peer.", DefaultValueFactory = _ => Path.Combine("bench", "peers", "autoattack.py") };
        var count = new Option<int>("--count") { Description = "Images on which both programs must agree.", DefaultValueFactory = _ => 500 };
        var timed = new Option<int>("--timed") { Description = "Images on which times are measured.", DefaultValueFactory = _ => 64 };
        var single = new Option<int>("--single") { Description = "Of these, images that are attacked one at a time.", DefaultValueFactory = _ => 4 };
        var rounds = new Option<int>("--rounds") { Description = "Measurements of each time.", DefaultValueFactory = _ => 3 };
        var sections = new Option<string[]>("--sections") { Description = "Sections to measure.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [.. Sections.Select(section => section.Name)] };
        sections.AcceptOnlyFromAmong([.. Sections.Select(section => section.Name)]);
        var output = new Option<string>("--out") { Description = "File to write.", DefaultValueFactory = _ => Path.Combine("bench", "results", "robustness.md") };
        var command = new RootCommand("Measures attacks on robust models.") { subjects, peers, python, script, count, timed, single, rounds, sections, output };
        command.SetAction(parsed =>
        {
            var options = new RobustnessOptions
            {
                Subjects = [.. parsed.GetRequiredValue(subjects).Chunk(SubjectParts).Select(parts => parts is [var folder, var images, var epsilon]
                    ? new SubjectText(folder, images, epsilon)
                    : throw new InvalidOperationException($"'{string.Join(' ', parts)}' is not a subject; MODEL IMAGES EPSILON is wanted."))],
                Peer = IndependentAutoAttack.In(parsed.GetValue(peers), parsed.GetRequiredValue(python), parsed.GetRequiredValue(script)),
                Count = parsed.GetValue(count),
                TimedCount = parsed.GetValue(timed),
                SingleCount = parsed.GetValue(single),
                Rounds = parsed.GetValue(rounds),
            };
            var report = Report(options, parsed.GetRequiredValue(sections), arguments);
            File.WriteAllText(parsed.GetRequiredValue(output), report);
            Console.WriteLine(report);
        });
        return command.Parse(arguments).Invoke();
    }

    private static string Report(RobustnessOptions options, string[] sections, string[] arguments)
    {
        TorchRuntime.EnsureLoaded();
        set_num_threads(1);
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var others = Machine.OthersDuring(() =>
        {
            foreach (var (_, run) in Sections.Where(section => sections.Contains(section.Name)))
                run(options, text);
        });
        return $"# Attacks on robust models\n\nCommand: `dotnet run -c Release --project bench/Nestor.Bench -- robustness{Shown(arguments)}`\n\n{Machine.Description}. {others}\n\n{text}";
    }

    /// <summary>Tells on standard error what is being measured now.</summary>
    internal static void Progress(string what) => EngineBenchmark.Progress(what);

    /// <summary>The arguments as the report shows them: paths by their last part, and not where the report itself goes.</summary>
    private static string Shown(string[] arguments) => string.Concat(arguments
        .Where((argument, i) => argument != "--out" && (i == 0 || arguments[i - 1] != "--out"))
        .Select(argument => " " + Folders.Last(argument)));
}
