using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Bench;

/// <summary>Tokens per second of the plain decoder at the widths S, M, L and XL, and the bytes each token reads.</summary>
public static class DecoderBenchmark
{
    private const int PromptTokens = 128, DecodedTokens = 64, Rounds = 7;

    /// <summary>Measures and prints a Markdown table. Each cell is the median of the rounds, after one that is not counted; the widths take turns.</summary>
    /// <param name="output">Where the table goes.</param>
    /// <param name="folder">A model folder; a random model of the preset <c>small</c> if not given.</param>
    /// <param name="threads">Threads of the decoder; all processors if not given.</param>
    public static void Run(TextWriter output, string? folder = null, int? threads = null)
    {
        if (folder is not null)
        {
            Measure(output, folder, threads);
            return;
        }

        var temporary = Directory.CreateTempSubdirectory("nestor-bench-").FullName;
        try
        {
            RandomModel.Write(temporary, ModelPresets.Get("small"));
            Measure(output, temporary, threads);
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    private static void Measure(TextWriter output, string folder, int? threads)
    {
        using var checkpoint = Checkpoint.Open(folder);
        var config = checkpoint.Config;
        var decoder = Decoder.Load(checkpoint, new DecoderOptions { Threads = threads });
        var prompt = Enumerable.Range(0, Math.Min(PromptTokens, config.ContextLength / 2)).Select(i => i * 31 % config.VocabularySize).ToArray();
        var decoded = Math.Min(DecodedTokens, config.ContextLength - prompt.Length);
        var plans = new[] { ("S", "12.5%"), ("M", "25%"), ("L", "50%"), ("XL", "100%") }
            .Select(size => (Name: size.Item1, Plan: WidthPlanText.Parse(size.Item2, config))).ToArray();

        var reads = plans.Select(_ => new List<double>()).ToArray();
        var writes = plans.Select(_ => new List<double>()).ToArray();
        for (var round = -1; round < Rounds; round++)
        {
            for (var i = 0; i < plans.Length; i++)
            {
                var (read, written) = Time(decoder, plans[i].Plan, prompt, decoded);
                if (round < 0)
                    continue;
                reads[i].Add(prompt.Length / read);
                writes[i].Add(decoded / written);
            }
        }

        var count = ParameterCount.Of(config, config.FullWidths).Total / 1e6;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{config.Layers} layers, hidden {config.HiddenSize}, {count:F1} M parameters, {decoder.Threads} threads, {RuntimeInformation.OSArchitecture}, .NET {Environment.Version}; prompt {prompt.Length}, decoded {decoded}, median of {Rounds} rounds.\n"));
        output.WriteLine("| size | widths | prompt tokens/s | decoded tokens/s | MB read per decoded token | GB/s |");
        output.WriteLine("|---|---|---|---|---|---|");
        for (var i = 0; i < plans.Length; i++)
        {
            var megabytes = BytesPerToken(config, plans[i].Plan, prompt.Length + decoded / 2) / 1e6;
            double read = Median(reads[i]), written = Median(writes[i]);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {plans[i].Name} | {plans[i].Plan} | {read:F0} | {written:F1} | {megabytes:F1} | {written * megabytes / 1e3:F1} |"));
        }
    }

    private static (double Read, double Written) Time(Decoder decoder, WidthPlan plan, int[] prompt, int decoded)
    {
        var cache = new KvCache(decoder.Config);
        var logits = new float[decoder.Config.VocabularySize];
        var sampler = new Sampler(SamplingOptions.Greedy);
        var start = Stopwatch.GetTimestamp();
        decoder.Forward(prompt, cache, plan, logits);
        var read = Stopwatch.GetElapsedTime(start).TotalSeconds;

        start = Stopwatch.GetTimestamp();
        for (var i = 0; i < decoded; i++)
            decoder.Forward([sampler.Sample(logits)], cache, plan, logits);
        return (read, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>Weights as 32-bit floats (of the embedding, one row and the head), and the keys and values of all positions.</summary>
    private static double BytesPerToken(ModelConfig config, WidthPlan plan, int positions)
    {
        var matrices = ParameterCount.Of(config, plan).NonEmbedding + (double)config.HiddenSize * (config.VocabularySize + 1);
        return sizeof(float) * (matrices + 2.0 * config.Layers * config.KeyValueHeads * config.HeadSize * positions);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
