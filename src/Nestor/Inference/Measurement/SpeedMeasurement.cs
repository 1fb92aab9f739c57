using Nestor.Models;

namespace Nestor.Inference.Measurement;

/// <summary>Measures prefill and decoding of a model: plans and thread counts take turns, so that a disturbance meets all alike.</summary>
internal static class SpeedMeasurement
{
    /// <summary>Measures every combination; types one after the other, so that only one is in memory.</summary>
    /// <param name="checkpoint">The open model folder.</param>
    /// <param name="options">What to measure.</param>
    /// <param name="cancellation">Ends the measurement before the next cell.</param>
    /// <exception cref="NestorException">The options do not fit the model, or it cannot be held in a type.</exception>
    public static List<MeasuredSpeed> Run(Checkpoint checkpoint, SpeedOptions options, CancellationToken cancellation = default)
    {
        options.Validate(checkpoint.Config);
        var bandwidth = new ReadBandwidth();
        var rows = new List<MeasuredSpeed>();
        foreach (var type in options.Types)
            rows.AddRange(OfType(checkpoint, type, options, bandwidth, cancellation));
        return rows;
    }

    /// <summary>Tokens per second of reading a prompt in one call, by the clock for the decoder's threads. The cache is emptied first; one used before has its memory already.</summary>
    public static double Prefill(Decoder decoder, KvCache cache, WidthPlan plan, int tokens)
    {
        cache.Truncate(0);
        var (prompt, logits) = (Tokens(decoder.Config, tokens), new float[decoder.Config.VocabularySize]);
        var clock = MeasureClock.For(decoder.Threads);
        var start = clock.Seconds;
        decoder.Forward(prompt, cache, plan, logits);
        return tokens / (clock.Seconds - start);
    }

    /// <summary>Tokens per second of decoding one by one from an emptied cache. The tokens are given, not sampled, as other engines' benchmarks do.</summary>
    public static double Decode(Decoder decoder, KvCache cache, WidthPlan plan, int tokens)
    {
        cache.Truncate(0);
        var (text, logits) = (Tokens(decoder.Config, tokens), new float[decoder.Config.VocabularySize]);
        var clock = MeasureClock.For(decoder.Threads);
        var start = clock.Seconds;
        for (var i = 0; i < text.Length; i++)
            decoder.Forward(text.AsSpan(i, 1), cache, plan, logits);
        return tokens / (clock.Seconds - start);
    }

    private static List<MeasuredSpeed> OfType(Checkpoint checkpoint, WeightType? type, SpeedOptions options, ReadBandwidth bandwidth, CancellationToken cancellation)
    {
        using var cache = new KvCache(checkpoint.Config);
        var rows = new List<(Decoder Decoder, MeasuredSpeed Speed)>();
        var reads = new Dictionary<int, Samples>();
        foreach (var threads in options.Threads.Distinct())
        {
            var decoder = Decoder.Load(checkpoint, new DecoderOptions { Threads = threads, Weights = type });
            reads.Add(threads, new Samples());
            foreach (var plan in options.Plans)
            {
                var bytes = TokenBytes.Of(checkpoint.Config, plan, checkpoint.Packing ?? WeightPacking.Of(decoder.Weights), (1 + options.GeneratedTokens) / 2.0);
                rows.Add((decoder, new MeasuredSpeed(plan, decoder.Weights, threads, MeasureClock.For(threads).Name, bytes, reads[threads])));
            }
        }

        for (var round = -1; round < options.Rounds; round++)
        {
            foreach (var (threads, samples) in reads)
                Take(samples, round, bandwidth.Measure(threads));
            foreach (var (decoder, speed) in rows)
            {
                cancellation.ThrowIfCancellationRequested();
                Take(speed.Prefill, round, Prefill(decoder, cache, speed.Plan, options.PromptTokens));
                Take(speed.Decode, round, Decode(decoder, cache, speed.Plan, options.GeneratedTokens));
            }
        }

        return rows.ConvertAll(row => row.Speed);
    }

    private static void Take(Samples samples, int round, double value)
    {
        if (round >= 0)
            samples.Add(value);
    }

    private static int[] Tokens(ModelConfig config, int count) => [.. Enumerable.Range(0, count).Select(i => i * 31 % config.VocabularySize)];
}
