using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Nestor.Cli.Reports;
using Nestor.Cli.Sensing;
using Nestor.Training;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor reproduce sensing</c>: the statements of the group-lasso paper on matrix sensing, one experiment each.</summary>
/// <remarks>Rajaraman et al. 2023 (arXiv 2303.11453). Each experiment's result is kept in the work folder: a run that was stopped goes on.</remarks>
internal static class ReproduceSensingCommand
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    public static Command Create()
    {
        var only = new Option<string?>("--only") { Description = "Experiments to run, such as E1,E4; without it, all." };
        var quick = new Option<bool>("--quick") { Description = "A short run: few seeds and settings, within minutes." };
        var threads = new Option<int>("--threads") { Description = "Threads of a pass over the measurements.", DefaultValueFactory = _ => 1 };
        var work = new Option<string>("--work") { Description = "Folder of the results so far; what is there is not run again.", DefaultValueFactory = _ => Path.Combine("out", "reproduce", "sensing") };
        var remark = new Option<string?>("--remark") { Description = "A sentence for the report, such as what else the machine did." };
        var output = Arguments.Out("Folder for sensing.md and its pictures.", Path.Combine("bench", "results"));
        var command = new Command("sensing", "Find a hidden matrix's rank with group lasso: exact columns, strengths, measurements, saddles, laws and peers.") { only, quick, threads, work, remark, output };
        command.SetAction((parsed, cancellation) =>
        {
            var (workFolder, outFolder, count) = (parsed.GetRequiredValue(work), parsed.GetRequiredValue(output), parsed.GetValue(threads));
            if (count < 1)
                throw new NestorException($"{count} threads were asked for; at least 1 is wanted.");
            var experiments = Chosen(parsed.GetValue(only));
            TorchRuntime.EnsureLoaded();
            set_num_threads(count);
            var report = new SensingReport
            {
                Command = "nestor " + Arguments.Shown(parsed, workFolder, outFolder),
                Remark = parsed.GetValue(remark),
                IsQuick = parsed.GetValue(quick),
            };
            return Task.FromResult(Run(experiments, report, count, workFolder, outFolder, cancellation));
        });
        return command;
    }

    private static int Run(IReadOnlyList<SensingExperiment> experiments, SensingReport report, int threads, string work, string output, CancellationToken cancellation)
    {
        var sections = new SensingSections(work, report.IsQuick);
        var results = new List<(SensingExperiment, SensingSection)>();
        foreach (var experiment in experiments)
        {
            var section = sections.Find(experiment);
            if (section is null)
            {
                Console.WriteLine($"{experiment.Id}: {experiment.Title}");
                var (clock, last) = (Stopwatch.StartNew(), TimeSpan.Zero);
                try
                {
                    section = experiment.Run(new SensingContext(report.IsQuick, threads, Tell, cancellation));
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    Console.Error.WriteLine($"nestor: stopped in {experiment.Id}; the same command goes on with it.");
                    return Program.Stopped;
                }

                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{experiment.Id}: done in {clock.Elapsed:h\\:mm\\:ss}"));
                sections.Keep(experiment, section);

                void Tell(string place)
                {
                    if (clock.Elapsed - last < BetweenLines)
                        return;
                    last = clock.Elapsed;
                    Console.Error.WriteLine($"{experiment.Id}: {place}, {clock.Elapsed:h\\:mm\\:ss}");
                }
            }

            results.Add((experiment, section));
            report.Write(output, results);
        }

        Console.WriteLine($"written: {Path.Combine(output, "sensing.md")}");
        return 0;
    }

    private static IReadOnlyList<SensingExperiment> Chosen(string? only)
    {
        var all = SensingExperiment.All;
        if (only is null)
            return all;
        var names = only.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in names)
        {
            if (!all.Any(experiment => experiment.Id.Equals(name, StringComparison.OrdinalIgnoreCase)))
                throw new NestorException($"'{name}' is no experiment; choose from {string.Join(", ", all.Select(experiment => experiment.Id))}.");
        }

        return names.Length == 0
            ? throw new NestorException($"No experiment was named; choose from {string.Join(", ", all.Select(experiment => experiment.Id))}.")
            : [.. all.Where(experiment => names.Contains(experiment.Id, StringComparer.OrdinalIgnoreCase))];
    }
}
