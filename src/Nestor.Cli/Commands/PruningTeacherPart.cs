using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Reports;
using Nestor.Training.Pruning.TeacherStudent;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary>The part on networks whose size is known: strengths of penalties, ways they are dodged, and the nesting of what they leave.</summary>
internal sealed class PruningTeacherPart : IPruningPart
{
    private const int Steps = 8000, FineTuningSteps = 2000, NestingSeeds = 2;

    private readonly Option<bool> teacher = new("--teacher") { Description = "Students of 64 neurons that learn from small teachers." };

    public IReadOnlyList<Option> Options => [teacher];

    public bool IsWanted(ParseResult parsed) => parsed.GetValue(teacher);

    public Action<CancellationToken> Prepare(ParseResult parsed, PruningSetting setting) => cancellation => Run(setting, cancellation);

    private static void Run(PruningSetting setting, CancellationToken cancellation)
    {
        var steps = setting.Quick ? Steps / 20 : Steps;
        var kept = new KeptResults(Path.Combine(setting.Work, setting.Quick ? "teacher-quick" : "teacher"));
        var report = new PruningTeacherReport
        {
            Setting = setting,
            Steps = steps,
            Normalised = Measure("normalised", StudentExperiment.Normalised, fineTuning: 0),
            Strengths = Measure("strengths", StudentExperiment.Strengths, setting.Quick ? FineTuningSteps / 20 : FineTuningSteps),
            OneSided = Measure("one-sided", StudentExperiment.OneSided, fineTuning: 0),
            Nesting = Nest(),
        };
        report.Write();
        AnsiConsole.Console.WriteLine($"written: {Path.Combine(setting.Output, PruningTeacherReport.File)}");

        List<StudentRow> Measure(string table, IReadOnlyList<StudentExperiment> experiments, int fineTuning) => [.. experiments.Select(experiment =>
        {
            var measures = Enumerable.Range(1, setting.Quick ? 1 : experiment.Seeds)
                .Select(seed => kept.Get($"{table} {experiment.Kind} {experiment.Name} {seed}", () => experiment.Run((ulong)seed, steps, fineTuning, cancellation)))
                .ToList();
            Say($"{table}: {experiment.Kind}, {experiment.Name}: {string.Join(' ', measures.Select(measure => measure.AliveByJointNorm))} neurons alive");
            return new StudentRow(experiment, measures);
        })];

        List<NestedErrors> Nest()
        {
            var all = new List<NestedErrors>();
            for (var seed = 1; seed <= (setting.Quick ? 1 : NestingSeeds); seed++)
            {
                foreach (var preparation in NestingExperiment.Preparations)
                    all.AddRange(kept.Get($"nesting {preparation.Name} {seed}", () => NestingExperiment.Run(preparation, (ulong)seed, steps, cancellation)));
                all.Add(kept.Get($"nesting scratch {seed}", () => NestingExperiment.FromScratch((ulong)seed, steps, cancellation)));
                all.Add(kept.Get($"nesting separate {seed}", () => NestingExperiment.Separate((ulong)seed, steps, cancellation)));
                Say(string.Create(CultureInfo.InvariantCulture, $"nesting: seed {seed}"));
            }

            return all;
        }
    }

    private static void Say(string line) => AnsiConsole.Console.WriteLine(line);
}
