using System.Diagnostics;
using Nestor.Inference.Speculation;

namespace Nestor.Inference.Measurement;

/// <summary>Measures what models take to read one or several tokens in one call, by the clock for their threads: what drafting is paid with.</summary>
internal static class ReadingCostMeasurement
{
    private const int LeastRounds = 9;

    // The last rounds count: by then the code is compiled as it stays.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The tokens that were read before.</summary>
    public static int Position(DecoderAtPlan model) => Math.Min(128, model.Decoder.Config.ContextLength / 2);

    /// <summary>Measures models, which take turns.</summary>
    /// <param name="models">The models.</param>
    /// <param name="longest">Most tokens in a call.</param>
    /// <param name="cancellation">Stops between two rounds.</param>
    /// <returns>The costs of each model, in seconds.</returns>
    public static ReadingCost[] Run(IReadOnlyList<DecoderAtPlan> models, int longest, CancellationToken cancellation = default)
    {
        var costs = models.Select(_ => ReadingCost.Measured(longest)).ToArray();
        var readers = models.Select(model => new Reader(model, longest)).ToArray();
        var begin = Stopwatch.GetTimestamp();
        for (var round = 0; round < LeastRounds || Stopwatch.GetElapsedTime(begin) < Patience; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var model = 0; model < readers.Length; model++)
            {
                readers[model].Read(1);    // the processor's caches hold the plan's weights as in decoding
                for (var length = 1; length <= longest; length++)
                    costs[model].Add(length, readers[model].Read(length));
            }
        }

        return costs;
    }

    private sealed class Reader
    {
        private readonly DecoderAtPlan model;
        private readonly KvCache cache;
        private readonly int position;
        private readonly int[] tokens;
        private readonly float[] logits;
        private readonly MeasureClock clock;

        public Reader(DecoderAtPlan model, int longest)
        {
            var config = model.Decoder.Config;
            (this.model, cache, position, clock) = (model, new KvCache(config), Position(model), MeasureClock.For(model.Decoder.Threads));
            tokens = [.. Enumerable.Range(0, position + longest).Select(i => i * 31 % config.VocabularySize)];
            logits = new float[longest * config.VocabularySize];
            model.Decoder.Forward([new SequenceTokens(cache, tokens.AsMemory(0, position), model.Plan, Memory<float>.Empty)]);
        }

        public double Read(int length)
        {
            cache.Truncate(position);
            var start = clock.Seconds;
            model.Decoder.ForwardAll(tokens.AsSpan(position, length), cache, model.Plan, logits.AsSpan(0, length * model.Decoder.Config.VocabularySize));
            return clock.Seconds - start;
        }
    }
}
