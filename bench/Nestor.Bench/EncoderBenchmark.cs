using System.Diagnostics;
using System.Globalization;
using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training;

namespace Nestor.Bench;

/// <summary>Embeddings per second of the encoder without native code, of TorchSharp and of ONNX Runtime, from the same slices; and what one query costs.</summary>
/// <remarks>All sides of a slice take turns in every round, so that a disturbance meets all alike. One thread is measured by its own processor time.</remarks>
internal static class EncoderBenchmark
{
    private const int Rounds = 5;

    // A pause between two sides, in which the threads of the one before fall asleep.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan Warm = TimeSpan.FromMilliseconds(300), Measured = TimeSpan.FromMilliseconds(30);

    private static readonly (string Preset, int Batch)[] Models = [("vit-nano", 128), ("vit-micro", 64), ("vit-s16", 4)];

    /// <summary>Measures and prints Markdown tables.</summary>
    /// <param name="output">Takes the tables.</param>
    /// <param name="presets">Names of the models to measure; all if empty.</param>
    public static void Run(TextWriter output, string[] presets)
    {
        TorchRuntime.EnsureLoaded();
        output.WriteLine(Machine.Description + ".\n");
        output.WriteLine(Line($"Random weights; medians of {Rounds} rounds, the sides taking turns. One thread: processor time; two: wall time. \"Factor\" is Nestor F32 by the better of the two others.\n"));
        var folder = Directory.CreateTempSubdirectory("nestor-bench-encoder-").FullName;
        try
        {
            var others = Machine.OthersDuring(() =>
            {
                foreach (var (preset, batch) in Models.Where(model => presets.Length == 0 || presets.Contains(model.Preset)))
                    Measure(output, Path.Combine(folder, preset), VisionPresets.Get(preset), preset, batch);
            });
            output.WriteLine(others);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Measure(TextWriter output, string folder, VisionConfig config, string preset, int batch)
    {
        RandomVision.Write(folder, config);
        using var full = VisionCheckpoint.Open(folder);
        foreach (var count in (int[])[batch, 1])
        {
            output.WriteLine(count == 1 ? $"### {preset}: one picture, ms\n" : Line($"## {preset}: {count} pictures of {config.Channels} x {config.ImageSize} x {config.ImageSize} together, images/s\n"));
            var names = new List<string>();
            foreach (var threads in (int[])[1, 2])
            {
                foreach (var granularity in config.Granularities)
                {
                    var times = Times(full, folder, granularity, threads, count);
                    if (names.Count == 0)
                    {
                        names.AddRange(times.Select(side => side.Name));
                        output.WriteLine($"| plan | threads | M parameters | {string.Join(" | ", names)} | factor |\n|---|---:|---:|{string.Concat(names.Select(_ => "---:|"))}---:|");
                    }

                    var better = Math.Min(times[^1].Seconds, times[^2].Seconds);
                    var parameters = VisionParameterCount.Of(config, WidthPlan.Uniform(granularity.Width, config.Layers)).Encoder / 1e6;
                    var figures = string.Join(" | ", times.Select(side => count == 1 ? Line($"{side.Seconds * 1e3:F2}") : Line($"{count / side.Seconds:F1}")));
                    output.WriteLine(Line($"| {granularity.Name} | {threads} | {parameters:F2} | {figures} | {better / times[0].Seconds:F2} |"));
                }
            }

            output.WriteLine();
        }
    }

    private static List<(string Name, double Seconds)> Times(VisionCheckpoint full, string folder, Granularity granularity, int threads, int count)
    {
        var path = Path.Combine(folder, granularity.Name);
        if (!Directory.Exists(path))
            full.Slice(WidthPlan.Uniform(granularity.Width, full.Config.Layers)).Save(path);
        using var slice = VisionCheckpoint.Open(path);
        var sides = new[]
        {
            EncoderSide.Ours(slice, WeightType.F32, threads), EncoderSide.Ours(slice, WeightType.Q8, threads),
            EncoderSide.Torch(slice, threads), EncoderSide.OnnxRuntime(slice, Path.Combine(path, "model.onnx"), threads),
        };
        try
        {
            var images = RandomVision.Images(full.Config, count);
            var samples = sides.Select(_ => new Samples()).ToArray();
            var clock = MeasureClock.For(threads);
            var repeats = sides.Select(side => WarmUp(side, images, count)).ToArray();
            for (var round = 0; round < Rounds; round++)
            {
                for (var i = 0; i < sides.Length; i++)
                {
                    Thread.Sleep(Pause);
                    var start = clock.Seconds;
                    for (var j = 0; j < repeats[i]; j++)
                        sides[i].Embed(images, count);
                    samples[i].Add((clock.Seconds - start) / repeats[i]);
                }
            }

            return [.. sides.Zip(samples, (side, taken) => (side.Name, taken.Median))];
        }
        finally
        {
            foreach (var side in sides)
                side.Dispose();
        }
    }

    // Runs until code and caches are warm; returns how often it runs in a time that the clock measures well.
    private static int WarmUp(EncoderSide side, float[] images, int count)
    {
        var (start, runs) = (Stopwatch.GetTimestamp(), 0);
        for (; runs == 0 || Stopwatch.GetElapsedTime(start) < Warm; runs++)
            side.Embed(images, count);
        return Math.Max(1, (int)(runs * (Measured / Stopwatch.GetElapsedTime(start))));
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
