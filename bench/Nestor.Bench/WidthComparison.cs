using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Models;

namespace Nestor.Bench;

/// <summary>Whether a narrower plan is faster in proportion to the bytes it reads.</summary>
internal static class WidthComparison
{
    public static void Run(EngineOptions options, EngineModels models, TextWriter output)
    {
        output.WriteLine("## Decoding at every width\n");
        output.WriteLine($"One thread, processor time, {EngineSide.GeneratedTokens} tokens from an empty context, medians of {2 * options.Rounds + 1} rounds in which the widths take turns. The last column is the time per byte, against XL's: 1.00 where a token costs in proportion to the bytes of its plan.\n");
        output.WriteLine("| model | type | plan | prefill tokens/s | decode tokens/s | MB/token | GB/s | time per byte / XL |");
        output.WriteLine("|---|---|---|---:|---:|---:|---:|---:|");
        foreach (var model in options.Models)
        {
            using var checkpoint = Checkpoint.Open(models.Folder(model));
            var speeds = SpeedMeasurement.Run(checkpoint, new SpeedOptions
            {
                Plans = [.. checkpoint.Config.Granularities.Select(granularity => WidthPlan.Uniform(granularity.Width, checkpoint.Config.Layers))],
                Types = [.. options.Types.Select(type => (WeightType?)type)],
                Rounds = 2 * options.Rounds + 1,
                PromptTokens = EngineSide.PromptTokens,
                GeneratedTokens = EngineSide.GeneratedTokens,
            });
            foreach (var speed in speeds)
            {
                var widest = speeds.Last(other => other.Type == speed.Type);
                output.WriteLine(FormattableString.Invariant(
                    $"| {model} | {speed.Type.ToString().ToLowerInvariant()} | {WidthPlanText.Print(speed.Plan, checkpoint.Config.Granularities)} | {speed.Prefill.Median:F0} | {speed.Decode.Median:F1} | {speed.BytesPerToken / 1e6:F1} | {speed.BytesPerSecond / 1e9:F1} | {widest.BytesPerSecond / speed.BytesPerSecond:F2} |"));
            }
        }
    }
}
