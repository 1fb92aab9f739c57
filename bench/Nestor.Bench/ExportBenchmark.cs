using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Nestor.Formats;
using Nestor.Formats.Onnx;
using Nestor.Inference.Measurement;
using Nestor.Models;

namespace Nestor.Bench;

/// <summary>Speed and memory of writing and reading other projects' files, beside a plain copy, as <c>export.md</c>.</summary>
internal static class ExportBenchmark
{
    private const string Model = "m300";

    /// <summary>Reads the command line, measures and writes the report.</summary>
    public static int RunFrom(string[] arguments)
    {
        var work = new Option<string>("--work") { Description = "Where the random model is kept and files are written, some gigabytes.", DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "nestor-engine") };
        var rounds = new Option<int>("--rounds") { Description = "Measurements of each row.", DefaultValueFactory = _ => 3 };
        var output = new Option<string>("--out") { Description = "File to write.", DefaultValueFactory = _ => Path.Combine("bench", "results", "export.md") };
        var command = new RootCommand("Measures exports and imports.") { work, rounds, output };
        command.SetAction(parsed =>
        {
            using var table = new StringWriter(CultureInfo.InvariantCulture);
            var models = new EngineModels(parsed.GetRequiredValue(work));
            models.Folder(Model);
            var others = Machine.OthersDuring(() => Measure(models, Path.Combine(parsed.GetRequiredValue(work), "export"), parsed.GetValue(rounds), table));
            var report = $"# Files for other programs\n\nCommand: `dotnet run -c Release --project bench/Nestor.Bench -- export --rounds {parsed.GetValue(rounds)}`\n\n{Machine.Description}. {others}\n\n{table}";
            File.WriteAllText(parsed.GetRequiredValue(output), report);
            Console.WriteLine(report);
        });
        return command.Parse(arguments).Invoke();
    }

    private static void Measure(EngineModels models, string folder, int rounds, TextWriter table)
    {
        Directory.CreateDirectory(folder);
        try
        {
            using var checkpoint = Checkpoint.Open(models.Folder(Model));
            var config = checkpoint.Config;
            var mixed = WidthPlanText.Parse($"M*{config.Layers / 2},XL*{config.Layers - config.Layers / 2}", config);
            table.WriteLine($"{ParameterCount.Of(config, config.FullWidths).Total / 1e6:F0} M random parameters in f32, {config.Layers} layers, hidden {config.HiddenSize}, feed-forward {config.FullWidths.Widest}. Every file is flushed to the disk; MB/s are of what is written, medians of {rounds}, the source in the system's cache. Memory is the most that the process grew by, pages of the mapped model not counted.\n");
            table.WriteLine("| what | plan | MB written | MB/s | of a copy | memory, MB |\n|---|---|---:|---:|---:|---:|");
            var copy = Row("a plain copy of the weights", "XL", "copy.safetensors", path => Copy(Path.Combine(checkpoint.Folder, "model.safetensors"), path), relativeTo: null);
            foreach (var type in (GgufType[])[GgufType.F32, GgufType.BF16, GgufType.F16, GgufType.Q8, GgufType.Q4])
                Row($"GGUF {type.GgufName}", "XL", "model.gguf", path => GgufExport.Write(checkpoint, path, new GgufExportOptions { Type = type, Overwrite = true }), copy);
            Row("GGUF F32, architecture deci", WidthPlanText.Print(mixed, config.Granularities), "mixed.gguf", path => GgufExport.Write(checkpoint, path, new GgufExportOptions { Plan = mixed, Overwrite = true }), copy);
            Row("GGUF Q4_0 read back", "XL", "back", path => GgufImport.Import(Path.Combine(folder, "model.gguf"), path, overwrite: true), copy);
            Row("ONNX, one file", "XL", "model.onnx", path => OnnxExport.Write(checkpoint, path, new OnnxExportOptions { Overwrite = true }), copy);
            Row("ONNX with a cache, weights beside it", "XL", "cached.onnx", path => OnnxExport.Write(checkpoint, path, new OnnxExportOptions { Cache = true, ExternalData = true, Overwrite = true }), copy);
            Row("ONNX, one file", WidthPlanText.Print(mixed, config.Granularities), "mixed.onnx", path => OnnxExport.Write(checkpoint, path, new OnnxExportOptions { Plan = mixed, Overwrite = true }), copy);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        double Row(string what, string plan, string name, Action<string> write, double? relativeTo)
        {
            EngineBenchmark.Progress(what);
            var path = Path.Combine(folder, name);
            var seconds = new Samples();
            long memory = 0;
            for (var round = 0; round < rounds; round++)
            {
                memory = Math.Max(memory, PeakMemory.During(() =>
                {
                    var start = Stopwatch.GetTimestamp();
                    write(path);
                    seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                }));
            }

            var bytes = Directory.EnumerateFiles(folder, name + "*", SearchOption.AllDirectories).Concat(Directory.Exists(path) ? Directory.EnumerateFiles(path) : []).Sum(file => new FileInfo(file).Length);
            var speed = bytes / 1e6 / seconds.Median;
            table.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {plan} | {bytes / 1e6:F0} | {speed:F0} | {(relativeTo is { } other ? $"{100 * speed / other:F0} %" : "")} | {memory / 1e6:F1} |"));
            return speed;
        }
    }

    private static void Copy(string source, string target) => AtomicFile.Write(target, stream =>
    {
        using var input = File.OpenRead(source);
        input.CopyTo(stream, 1 << 20);
    });
}
