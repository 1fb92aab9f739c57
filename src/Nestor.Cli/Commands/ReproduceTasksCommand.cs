using System.CommandLine;
using Nestor.Cli.Reports;
using Nestor.Evaluation.Tasks;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Training;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary>
/// <c>nestor reproduce tasks</c>: downstream tasks at every granularity of the nested model of <c>nestor reproduce matlm</c>, against models trained alone.
/// </summary>
/// <remarks>MatFormer (arXiv 2310.07707) §4.1 and Table 13. Scores are kept in the work folder: a run that was stopped goes on.</remarks>
internal static class ReproduceTasksCommand
{
    private const string ScoresFile = "tasks.jsonl";

    public static Command Create()
    {
        var training = new MatLmArguments();
        var device = Arguments.Device();
        var folder = new Option<string>("--task-folder") { Description = "The folder with the tasks' .jsonl files.", Required = true };
        var tasks = new Option<string>("--tasks") { Description = "Tasks to measure, separated by commas.", DefaultValueFactory = _ => string.Join(',', EvaluationTask.Known.Select(task => task.Name)) };
        var limit = new Option<int?>("--limit") { Description = "Measure the first items of each task only." };
        var shots = new Option<int>("--shots") { Description = "Solved examples before each item.", DefaultValueFactory = _ => 0 };
        var remark = new Option<string?>("--remark") { Description = "A sentence for the report, such as what else the machine did." };
        var output = Arguments.Out("Folder for tasks.md.", Path.Combine("bench", "results"));
        var command = new Command("tasks", "Measure a nested model and models trained alone at downstream tasks.") { device, folder, tasks, limit, shots, remark, output };
        training.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            var (text, work, target) = (parsed.GetRequiredValue(training.Text), parsed.GetRequiredValue(training.Work), parsed.GetRequiredValue(output));
            var taskFolder = parsed.GetRequiredValue(folder);
            var options = new TaskOptions { Limit = parsed.GetValue(limit), Shots = parsed.GetValue(shots) };
            options.Validate();
            var names = parsed.GetRequiredValue(tasks);
            foreach (var name in names.Split(',', StringSplitOptions.TrimEntries))
                EvaluationTask.Find(name);    // A wrong name is told before hours of training.
            var torchDevice = TorchRuntime.DeviceFor(parsed.GetRequiredValue(device));
            var shape = training.Shape(parsed);
            var independent = training.Options(parsed, shape, torchDevice);
            using var data = CorpusPreparation.Make(AnsiConsole.Console, work, TextSources.Open(text), shape.VocabularySize, null, keep: true, cancellation, MatLmArguments.ValidationShare);
            if (!MatLmModels.Train(data, shape, independent, torchDevice, work, cancellation))
                return Task.FromResult(Program.Stopped);

            using var nested = Checkpoint.Open(Path.Combine(work, MatLmArguments.NestedRun));
            var evaluations = TaskArguments.Evaluations(names, taskFolder, options, nested);
            using var log = ScoreLog.Open(Path.Combine(work, ScoresFile), resume: true);
            var run = new TaskRun(evaluations, log);
            run.WarnOfBadLines();
            var decoder = Decoder.Load(nested);
            foreach (var granularity in nested.Config.Granularities)
                run.Measure($"MatLM {granularity.Name}", nested, decoder, WidthPlan.Uniform(granularity.Width, nested.Config.Layers), cancellation);
            foreach (var granularity in nested.Config.Granularities)
            {
                using var alone = Checkpoint.Open(Path.Combine(work, granularity.Name));
                run.Measure($"{granularity.Name} alone", alone, Decoder.Load(alone), alone.Config.FullWidths, cancellation);
            }

            var counted = new int[Math.Min(data.Corpus.Train.Count, independent.Steps * independent.TokensPerStep)];
            data.Corpus.Train.CopyTo(0, counted.AsSpan());
            run.MeasureCounts($"{NgramScorer.Order}-gram", counted, nested.Config.VocabularySize, cancellation);

            new TasksReport
            {
                Config = nested.Config,
                Rows = run.Rows,
                Shots = options.Shots,
                CountedTokens = counted.Length,
                Command = "nestor " + Arguments.Shown(parsed, text, work, target, taskFolder),
                Remark = parsed.GetValue(remark),
            }.Write(target);
            Console.WriteLine($"written: {Path.Combine(target, "tasks.md")}");
            return Task.FromResult(0);
        });
        return command;
    }
}
