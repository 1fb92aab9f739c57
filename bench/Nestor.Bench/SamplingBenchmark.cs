using System.Globalization;
using System.Runtime.InteropServices;
using Nestor.Inference;
using Nestor.Inference.Measurement;

namespace Nestor.Bench;

/// <summary>What choosing a token costs beside computing its scores.</summary>
internal static class SamplingBenchmark
{
    private const int Rounds = 9;
    private const double SecondsOfRound = 0.02;

    private static readonly (string Name, SamplingOptions Options)[] Ways =
    [
        ("greedy", SamplingOptions.Greedy),
        ("temperature 0.8", new() { Temperature = 0.8 }),
        ("top-k 40", new() { Temperature = 0.8, TopK = 40 }),
        ("top-p 0.95", new() { Temperature = 0.8, TopP = 0.95 }),
        ("min-p 0.05", new() { Temperature = 0.8, MinP = 0.05 }),
        ("top-k 40, top-p 0.95", new() { Temperature = 0.8, TopK = 40, TopP = 0.95 }),
    ];

    /// <summary>Measures and prints a Markdown table.</summary>
    public static void Run(TextWriter output)
    {
        int[] vocabularies = [32_000, 128_000, 256_000];
        output.WriteLine(Line($"{RuntimeInformation.OSArchitecture}, .NET {Environment.Version}, one thread, processor time. Scores are normal with a deviation of 3; microseconds a token, medians of {Rounds} rounds in turns.\n"));
        output.WriteLine("| | " + string.Join(" | ", vocabularies.Select(vocabulary => Line($"{vocabulary:N0} tokens"))) + " |\n|---|" + string.Concat(vocabularies.Select(_ => "---:|")));
        var samples = Ways.Select(_ => vocabularies.Select(_ => new Samples()).ToArray()).ToArray();
        float[][] scores = [.. vocabularies.Select(Scores)];
        for (var round = -1; round < Rounds; round++)
        {
            for (var way = 0; way < Ways.Length; way++)
            {
                for (var size = 0; size < scores.Length; size++)
                {
                    var microseconds = Microseconds(new Sampler(Ways[way].Options), scores[size]);
                    if (round >= 0)
                        samples[way][size].Add(microseconds);
                }
            }
        }

        for (var way = 0; way < Ways.Length; way++)
            output.WriteLine($"| {Ways[way].Name} | " + string.Join(" | ", samples[way].Select(times => Line($"{times.Median:F0}"))) + " |");
    }

    private static double Microseconds(Sampler sampler, float[] scores)
    {
        var clock = MeasureClock.For(1);
        sampler.Sample(scores);
        var (start, drawn) = (clock.Seconds, 0);
        for (; clock.Seconds - start < SecondsOfRound; drawn++)
            sampler.Sample(scores);
        return (clock.Seconds - start) / drawn * 1e6;
    }

    private static float[] Scores(int vocabulary)
    {
        const double deviation = 3;
        var random = new Random(1);
        return [.. Enumerable.Range(0, vocabulary).Select(_ => (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
