using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Nestor.Cli.Terminal;
using Nestor.Evaluation;
using Nestor.Evaluation.Tasks;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary>
/// <c>nestor eval MODEL --text PATH</c>: the loss on text at every granularity and given plans;
/// <c>nestor eval MODEL --tasks NAMES --task-folder DIR</c>: how they do at downstream tasks;
/// <c>nestor eval MODEL --images PATH</c>: how often a vision model is right about images.
/// </summary>
internal static class EvalCommand
{
    // A perplexity may be too large for a number.
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static Command Create()
    {
        var model = Arguments.Model();
        var text = Arguments.Text();
        var images = ImageArguments.Images();
        var plans = Arguments.Plans("Plan to measure: the loss beside the granularities, tasks instead of them.");
        var tokens = Arguments.TokensToMeasure();
        var (device, json) = (Arguments.Device(), Arguments.Json());
        var tasks = new TaskArguments();
        var output = new Option<string?>("--out") { Description = "Keep the scores of every item of the tasks in this .jsonl file." };
        var resume = new Option<bool>("--resume") { Description = "Go on with a file of scores: what it holds is not measured again." };
        var command = new Command("eval", "Measure the loss of a model at several widths, in nats per token and bits per byte, or its accuracy at tasks or on images.") { model, text, images, plans, tokens, device, json };
        tasks.AddTo(command);
        command.Add(output);
        command.Add(resume);
        command.Validators.Add(result =>
        {
            if (tasks.AreGiven(result) && result.GetValue(text) is not null)
                result.AddError("Options '--text' and '--tasks' measure different things; give one of them.");
            if (result.GetValue(images) is not null && (tasks.AreGiven(result) || result.GetValue(text) is not null))
                result.AddError("Option '--images' is for vision models, '--text' and '--tasks' are for language models; give one of them.");
            if (!tasks.AreGiven(result) && result.GetValue(output) is not null)
                result.AddError("Option '--out' is for tasks; name them by '--tasks'.");
            if (result.GetValue(resume) && result.GetValue(output) is null)
                result.AddError("Option '--resume' needs '--out'.");
        });
        command.SetAction((parsed, cancellation) =>
        {
            if (VisionCheckpoint.IsIn(parsed.GetRequiredValue(model)))
            {
                ImageEvaluation.Run(parsed.GetRequiredValue(model), parsed.GetValue(images), parsed.GetRequiredValue(plans), parsed.GetRequiredValue(device), parsed.GetValue(json), cancellation);
                return Task.CompletedTask;
            }

            using var checkpoint = Checkpoint.Open(parsed.GetRequiredValue(model));
            if (parsed.GetValue(images) is not null)
                throw new NestorException($"'{checkpoint.Folder}' is a language model; leave --images out.");
            if (tasks.AreGiven(parsed.CommandResult))
            {
                var (evaluations, wanted) = (tasks.Evaluations(parsed, checkpoint), MeasuredPlans.Instead(checkpoint.Config, parsed.GetRequiredValue(plans)));
                var counted = tasks.Ngrams(parsed) is { } source ? EvaluationText.Of(source, checkpoint.Tokenizer) : null;
                using var log = parsed.GetValue(output) is { } path ? ScoreLog.Open(path, parsed.GetValue(resume)) : null;
                MeasureTasks(checkpoint, new TaskRun(evaluations, log), wanted, counted, parsed.GetValue(json), cancellation);
            }
            else
            {
                MeasureLoss(checkpoint, parsed.GetValue(text), parsed.GetRequiredValue(plans), parsed.GetValue(tokens), parsed.GetRequiredValue(device), parsed.GetValue(json), cancellation);
            }

            return Task.CompletedTask;
        });
        return command;
    }

    private static void MeasureLoss(Checkpoint checkpoint, string? textPath, string[] plans, long tokens, string device, bool json, CancellationToken cancellation)
    {
        var config = checkpoint.Config;
        var wanted = MeasuredPlans.Of(config, plans);
        var text = EvaluationText.Of(TextSources.Open(textPath), checkpoint.Tokenizer);
        using var model = MatLm.Load(checkpoint, TorchRuntime.DeviceFor(device));
        var evaluation = new LossEvaluation(model, text, maxTokens: tokens == 0 ? long.MaxValue : tokens);
        var losses = new List<MeasuredLoss>();
        foreach (var plan in wanted)
            losses.Add(evaluation.Measure(plan, cancellation));

        if (json)
            WriteJson(losses, config);
        else
            AnsiConsole.Console.Write(LossTable.Of(losses, config));
    }

    private static void MeasureTasks(Checkpoint checkpoint, TaskRun run, IReadOnlyList<WidthPlan> plans, EvaluationText? counted, bool json, CancellationToken cancellation)
    {
        var decoder = Decoder.Load(checkpoint);
        run.WarnOfBadLines();
        foreach (var plan in plans)
            run.Measure(WidthPlanText.Print(plan, checkpoint.Config.Granularities), checkpoint, decoder, plan, cancellation);
        if (counted is not null)
            run.MeasureCounts($"{NgramScorer.Order}-gram", [.. counted.Tokens], checkpoint.Config.VocabularySize, cancellation);

        if (json)
            WriteJson(run.Rows);
        else
            AnsiConsole.Console.Write(TaskTable.Of(run.Rows));
    }

    private static void WriteJson(List<MeasuredLoss> losses, ModelConfig config)
    {
        var rows = losses.Select(loss => new
        {
            plan = WidthPlanText.Print(loss.Plan, config.Granularities),
            parameters = ParameterCount.Of(config, loss.Plan).Total,
            non_embedding_parameters = ParameterCount.Of(config, loss.Plan).NonEmbedding,
            nats_per_token = loss.NatsPerToken,
            bits_per_byte = loss.BitsPerByte,
            tokens = loss.Tokens,
        });
        Console.WriteLine(JsonSerializer.Serialize(rows, Json));
    }

    private static void WriteJson(IReadOnlyList<TaskRow> results)
    {
        static object? Mean(SampleMean? mean) => mean is { } given ? new { value = given.Value, standard_error = given.StandardError } : null;
        var rows = results.Select(row => new
        {
            plan = row.Model,
            task = row.Result.Task,
            shots = row.Result.Shots,
            items = row.Result.Items,
            cut_items = row.Result.CutItems,
            chance = row.Result.Chance,
            acc = Mean(row.Result.Accuracy),
            acc_norm = Mean(row.Result.NormalizedAccuracy),
            perplexity = Mean(row.Result.Perplexity),
        });
        Console.WriteLine(JsonSerializer.Serialize(rows, Json));
    }
}
