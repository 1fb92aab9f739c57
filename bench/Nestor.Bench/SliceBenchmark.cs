using System.Diagnostics;
using System.Globalization;
using Nestor.Inference.Measurement;
using Nestor.Models;
using Nestor.Models.Gemma3n;

namespace Nestor.Bench;

/// <summary>Slicing against a plain copy of the files that it wrote, in one run, in turns; and a Gemma 3n of full size in little memory.</summary>
internal static class SliceBenchmark
{
    private const int Rounds = 6;

    public static void Run(TextWriter output)
    {
        var work = Directory.CreateTempSubdirectory("nestor-bench-").FullName;
        try
        {
            output.WriteLine(Machine.Description + "\n");
            var others = Machine.OthersDuring(() =>
            {
                FullSize(work, output);
                Compare(work, output);
            });
            output.WriteLine($"\n{others}");
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>E4B to E2B. The source is holes, so what is measured is the writing; the process's memory until here is what runtime and program take.</summary>
    private static void FullSize(string work, TextWriter output)
    {
        var (source, target, copy) = (Path.Combine(work, "e4b"), Path.Combine(work, "e2b"), Path.Combine(work, "copy"));
        SyntheticGemma3n.WriteFullSize(source);
        var sourceBytes = SyntheticGemma3n.Bytes(source);
        var before = PeakMegabytes();
        var seconds = Seconds(() =>
        {
            using var model = Gemma3nCheckpoint.Open(source);
            model.Slice(PublishedPlan.Find("official E2B Model", PublishedPlan.All).Plan).Save(target);
        });
        var peak = PeakMegabytes();
        Directory.Delete(source, recursive: true);
        var megabytes = SyntheticGemma3n.Bytes(target) / 1e6;
        var copySeconds = Seconds(() => Copy(target, copy));
        Directory.Delete(target, recursive: true);
        Directory.Delete(copy, recursive: true);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Gemma 3n E4B of full size (its text part, {sourceBytes / 1e9:F1} GB, all zero and stored as holes) to E2B, {megabytes / 1e3:F2} GB, flushed to the disk: {seconds:F1} s, {megabytes / seconds:F0} MB/s. A plain copy of what was written, flushed too: {copySeconds:F1} s, {megabytes / copySeconds:F0} MB/s. The process peaks at {peak} MB, {before} MB of them before the slicing.\n"));
    }

    private static void Compare(string work, TextWriter output)
    {
        var (llama, gemma) = (Path.Combine(work, "llama"), Path.Combine(work, "gemma"));
        SyntheticLlama.Write(llama);
        SyntheticGemma3n.Write(gemma);
        output.WriteLine($"Megabytes of the slice per second, median (least to most) of {Rounds} rounds, who comes first changing from round to round, both sides flushed to the disk. The copy is the operating system's, of a slice's weights.\n");
        output.WriteLine("| source | slice | files before | Nestor | plain copy | ratio |");
        output.WriteLine("|---|---|---|---:|---:|---:|");
        foreach (var cold in OperatingSystem.IsLinux() ? (bool[])[false, true] : [false])
        {
            Row("Llama's kind, 10 layers", "50%", llama, cold, work, output, to =>
            {
                using var model = Checkpoint.Open(llama);
                model.Slice(WidthPlanText.Parse("50%", model.Config)).Save(to);
            });
            Row("Gemma 3n's kind, 10 layers", "50%, without layer 3", gemma, cold, work, output, to =>
            {
                using var model = Gemma3nCheckpoint.Open(gemma);
                model.Slice(Gemma3nPlan.Parse("50%", "3", model.Widths)).Save(to);
            });
        }
    }

    private static void Row(string name, string plan, string source, bool cold, string work, TextWriter output, Action<string> slice)
    {
        var (copied, target) = (Path.Combine(work, "copied"), Path.Combine(work, "target"));
        slice(copied);
        var megabytes = SyntheticGemma3n.Bytes(copied) / 1e6;
        (Samples Speed, Action Run)[] sides = [(new Samples(), () => slice(target)), (new Samples(), () => Copy(copied, target))];
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (speed, run) in round % 2 == 0 ? sides : sides.Reverse())
            {
                if (cold)
                {
                    ColdFiles.Evict(source);
                    ColdFiles.Evict(copied);
                }

                speed.Add(megabytes / Seconds(run));
                Directory.Delete(target, recursive: true);
            }
        }

        Directory.Delete(copied, recursive: true);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name}, {SyntheticGemma3n.Bytes(source) / 1e9:F2} GB | {plan}, {megabytes / 1e3:F2} GB | {(cold ? "on the disk" : "in memory")} | {Spread(sides[0].Speed)} | {Spread(sides[1].Speed)} | {sides[0].Speed.Median / sides[1].Speed.Median:F2} |"));
    }

    private static double Seconds(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalSeconds;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from, "*.safetensors"))
        {
            var target = Path.Combine(to, Path.GetFileName(file));
            File.Copy(file, target);
            using var handle = File.OpenHandle(target, access: FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }
    }

    private static string Spread(Samples speed) => string.Create(CultureInfo.InvariantCulture, $"{speed.Median:F0} ({speed.Least:F0} to {speed.Most:F0})");

    private static long PeakMegabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 >> 20;
    }
}
