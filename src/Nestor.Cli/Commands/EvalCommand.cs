using System.CommandLine;
using System.Text.Json;
using Nestor.Cli.Terminal;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor eval MODEL --text PATH</c>: the loss on text at every granularity and given plans; vision models by <see cref="ImageEvaluation"/>.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var model = Arguments.Model();
        var text = Arguments.Text();
        var images = ImageArguments.Images();
        var plans = Arguments.Plans("Plan to measure beside the granularities.");
        var tokens = Arguments.TokensToMeasure();
        var (device, json) = (Arguments.Device(), Arguments.Json());
        var command = new Command("eval", "Measure the loss of a language model, in nats per token and bits per byte, or the accuracy of a vision model, at several widths.") { model, text, images, plans, tokens, device, json };
        command.SetAction((parsed, cancellation) =>
        {
            if (VisionCheckpoint.IsIn(parsed.GetRequiredValue(model)))
                ImageEvaluation.Run(parsed.GetRequiredValue(model), parsed.GetValue(images), parsed.GetRequiredValue(plans), parsed.GetRequiredValue(device), parsed.GetValue(json), cancellation);
            else
                Run(parsed.GetRequiredValue(model), parsed.GetValue(images), parsed.GetValue(text), parsed.GetRequiredValue(plans), parsed.GetValue(tokens), parsed.GetRequiredValue(device), parsed.GetValue(json), cancellation);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(string folder, string? images, string? textPath, string[] plans, long tokens, string device, bool json, CancellationToken cancellation)
    {
        using var checkpoint = Checkpoint.Open(folder);
        if (images is not null)
            throw new NestorException($"'{folder}' is a language model; leave --images out.");
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
        Console.WriteLine(JsonSerializer.Serialize(rows, new JsonSerializerOptions { WriteIndented = true }));
    }
}
