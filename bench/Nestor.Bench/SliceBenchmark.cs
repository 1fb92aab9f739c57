using System.Diagnostics;
using System.Globalization;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Models.Gemma3n;

namespace Nestor.Bench;

/// <summary>Slicing against a plain copy of the files that it wrote, in one run, in turns; and a Gemma 3n of full size in little memory.</summary>
internal static class SliceBenchmark
{
    private const int Rounds = 5;

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
        var (source, target) = (Path.Combine(work, "e4b"), Path.Combine(work, "e2b"));
        SyntheticGemma3n.WriteFullSize(source);
        var before = PeakMegabytes();
        var clock = Stopwatch.StartNew();
        using (var model = Gemma3nCheckpoint.Open(source))
        {
            var slice = model.Slice(PublishedPlan.Find("official E2B Model", PublishedPlan.All).Plan);
            slice.Save(target);
            var seconds = clock.Elapsed.TotalSeconds;
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Gemma 3n E4B of full size (text part, {SyntheticGemma3n.Bytes(source) / 1e9:F1} GB, all zero and stored as holes) to E2B: {slice.Bytes / 1e9:F2} GB in {seconds:F1} s, {slice.Bytes / 1e6 / seconds:F0} MB/s, flushed to the disk; the process peaks at {PeakMegabytes()} MB, {before} MB of them before.\n"));
        }

        Directory.Delete(source, recursive: true);
        Directory.Delete(target, recursive: true);
    }

    private static void Compare(string work, TextWriter output)
    {
        var llama = Path.Combine(work, "llama");
        SyntheticLlama.Write(llama);
        var gemma = Path.Combine(work, "gemma");
        SyntheticGemma3n.Write(gemma);

        output.WriteLine("Megabytes of the slice per second, median (least to most), both sides flushed to the disk. The copy is the operating system's, of the slice's own weights.\n");
        output.WriteLine("| source | slice | files before | Nestor | plain copy | ratio |");
        output.WriteLine("|---|---|---|---:|---:|---:|");
        foreach (var cold in (bool[])[false, true])
        {
            if (cold && !OperatingSystem.IsLinux())
                continue;
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
        var (target, copy) = (Path.Combine(work, "slice"), Path.Combine(work, "copy"));
        List<double> sliced = [], copied = [];
        for (var round = 0; round <= Rounds; round++) // The first one is not counted.
        {
            if (cold)
                ColdFiles.Evict(source);
            var seconds = Time(() => slice(target));
            if (cold)
                ColdFiles.Evict(target);
            var copySeconds = Time(() => Copy(target, copy));
            var megabytes = SyntheticGemma3n.Bytes(target) / 1e6;
            if (round > 0)
            {
                sliced.Add(megabytes / seconds);
                copied.Add(megabytes / copySeconds);
            }

            var size = megabytes / 1e3;
            Directory.Delete(target, recursive: true);
            Directory.Delete(copy, recursive: true);
            if (round == Rounds)
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {name}, {SyntheticGemma3n.Bytes(source) / 1e9:F2} GB | {plan}, {size:F2} GB | {(cold ? "not in memory" : "in memory")} | {Spread(sliced)} | {Spread(copied)} | {Median(sliced) / Median(copied):F2} |"));
            }
        }
    }

    private static double Time(Action action)
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

    private static string Spread(List<double> values) => string.Create(CultureInfo.InvariantCulture, $"{Median(values):F0} ({values.Min():F0} to {values.Max():F0})");

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static long PeakMegabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 >> 20;
    }
}
