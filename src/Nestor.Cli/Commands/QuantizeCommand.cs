using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nestor.Cli.Terminal;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Training.Data;
using Nestor.Training.Evaluation;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor quantize MODEL --type q8 --out DIR</c>: packs a model for inference; one file serves every width.</summary>
internal static class QuantizeCommand
{
    public static Command Create()
    {
        var (model, output) = (Arguments.Model(), Arguments.Out("Folder for the packed model."));
        var type = new Option<string>("--type") { Description = "q8, q4, bf16, f16 or f32.", Required = true };
        type.AcceptOnlyFromAmong([.. Enum.GetNames<WeightType>().Select(name => name.ToLowerInvariant())]);
        var text = new Option<string?>("--text") { Description = "Measure the loss before and after on this text: a file, a folder, .gz or .jsonl." };
        var plans = Arguments.Plans("Plan to measure beside the granularities.");
        var (tokens, json) = (Arguments.TokensToMeasure(), Arguments.Json());
        var command = new Command("quantize", "Pack a model for inference, in 8 bits, 4 bits or floats: one file for every width.") { model, type, output, text, plans, tokens, json };
        command.SetAction((parsed, cancellation) =>
        {
            Run(
                parsed.GetRequiredValue(model),
                Enum.Parse<WeightType>(parsed.GetRequiredValue(type), ignoreCase: true),
                parsed.GetRequiredValue(output),
                parsed.GetValue(text),
                parsed.GetRequiredValue(plans),
                parsed.GetValue(tokens),
                parsed.GetValue(json),
                cancellation);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(string folder, WeightType type, string output, string? textPath, string[] planTexts, long tokens, bool json, CancellationToken cancellation)
    {
        using var source = Checkpoint.Open(folder);
        var packed = source.Pack(type);
        var plans = MeasuredPlans.Of(source.Config, planTexts);
        var text = textPath is null ? null : EvaluationText.Of(TextSource.Open(textPath), source.Tokenizer);
        if (!json)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{packed.Packing}: {packed.SourceBytes / 1e6:N1} MB become {packed.Bytes / 1e6:N1} MB, {packed.BitsPerWeight:F2} bits per weight"));
        }

        packed.Save(output, cancellation: cancellation);
        if (!json)
            Console.WriteLine($"written to {output}");

        var losses = text is null ? [] : Measure(source, output, plans, [.. text.Tokens], tokens == 0 ? long.MaxValue : tokens, cancellation);
        if (json)
            WriteJson(packed, losses, source.Config);
        else if (text is not null)
            AnsiConsole.Console.Write(QuantizationTable.Of(losses, source.Config, packed.Packing));
    }

    private static List<QuantizationLoss> Measure(Checkpoint source, string output, IReadOnlyList<WidthPlan> plans, int[] tokens, long maxTokens, CancellationToken cancellation)
    {
        using var packed = Checkpoint.Open(output);
        var before = new DecoderLoss(Decoder.Load(source), tokens, maxTokens: maxTokens);
        var after = new DecoderLoss(Decoder.Load(packed), tokens, maxTokens: maxTokens);
        return [.. plans.Select(plan => new QuantizationLoss(plan, before.Measure(plan, cancellation), after.Measure(plan, cancellation)))];
    }

    private static void WriteJson(PackedCheckpoint packed, List<QuantizationLoss> losses, ModelConfig config)
    {
        var report = new
        {
            type = packed.Packing.Type.ToString(),
            embedding_type = packed.Packing.EmbeddingType.ToString(),
            source_bytes = packed.SourceBytes,
            bytes = packed.Bytes,
            bits_per_weight = packed.BitsPerWeight,
            losses = losses.Select(loss => new
            {
                plan = WidthPlanText.Print(loss.Plan, config.Granularities),
                parameters = ParameterCount.Of(config, loss.Plan).Total,
                source_nats_per_token = loss.Source,
                nats_per_token = loss.Packed,
            }),
        };
        Console.WriteLine(JsonSerializer.Serialize(report, new JsonSerializerOptions { WriteIndented = true }));
    }
}
