using System.CommandLine;
using System.CommandLine.Parsing;
using Nestor.Evaluation.Tasks;
using Nestor.Models;
using Nestor.Training.Data;

namespace Nestor.Cli.Commands;

/// <summary>The options of measuring downstream tasks.</summary>
internal sealed class TaskArguments
{
    private readonly Option<string[]> tasks = new("--tasks") { Description = $"Tasks to measure, separated by commas: {string.Join(", ", EvaluationTask.Known.Select(task => task.Name))}.", DefaultValueFactory = _ => [] };
    private readonly Option<string?> folder = new("--task-folder") { Description = "The folder with the tasks' .jsonl files." };
    private readonly Option<int> shots = new("--shots") { Description = "Solved examples before each item, drawn from the same file.", DefaultValueFactory = _ => 0 };
    private readonly Option<int?> limit = new("--limit") { Description = "Measure the first items of each task only." };
    private readonly Option<long> seed = new("--seed") { Description = "Decides which examples are drawn.", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> ngrams = new("--ngrams") { Description = "Measure a model too that only counts three tokens in a row, in this text: a file, a folder, .gz or .jsonl." };

    /// <summary>Adds the options to a command that measures something else where no task is named.</summary>
    public void AddTo(Command command)
    {
        Option[] options = [tasks, folder, shots, limit, seed, ngrams];
        foreach (var option in options)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(tasks) is { Length: > 0 })
            {
                if (result.GetValue(folder) is null)
                    result.AddError("Option '--tasks' needs '--task-folder'.");
                return;
            }

            foreach (var option in options)
            {
                if (result.GetResult(option) is { Implicit: false })
                    result.AddError($"Option '{option.Name}' is for tasks; name them by '--tasks'.");
            }
        });
    }

    /// <summary>Whether tasks are named.</summary>
    public bool AreGiven(CommandResult result) => result.GetValue(tasks) is { Length: > 0 };

    /// <summary>The tasks, for a model and its slices.</summary>
    /// <exception cref="NestorException">A task is not known, its file cannot be read, or an option is out of range.</exception>
    public IReadOnlyList<TaskEvaluation> Evaluations(ParseResult parsed, Checkpoint checkpoint)
    {
        var options = new TaskOptions { Shots = parsed.GetValue(shots), Limit = parsed.GetValue(limit), Seed = (ulong)parsed.GetValue(seed) };
        return Evaluations(string.Join(',', parsed.GetRequiredValue(tasks)), parsed.GetValue(folder) ?? "", options, checkpoint);
    }

    /// <summary>Tasks by their names, for a model and its slices.</summary>
    /// <exception cref="NestorException">A task is not known, its file cannot be read, or an option is out of range.</exception>
    public static IReadOnlyList<TaskEvaluation> Evaluations(string names, string folder, TaskOptions options, Checkpoint checkpoint)
    {
        options.Validate();
        var wanted = names.Split(',', StringSplitOptions.TrimEntries).Select(EvaluationTask.Find).Distinct().ToList();
        return wanted.ConvertAll(task => new TaskEvaluation(TaskFile.Open(folder, task), checkpoint.Tokenizer, checkpoint.Config.BeginToken, options));
    }

    /// <summary>The text that a model of counts is wanted of, if any.</summary>
    public TextSource? Ngrams(ParseResult parsed) => parsed.GetValue(ngrams) is { } path ? TextSource.Open(path) : null;
}
