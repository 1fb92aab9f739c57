using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Models;

namespace Nestor.Bench;

/// <summary>Eight sequences at four widths decoded together, against the same one after the other and against all at XL.</summary>
internal static class MixedBatch
{
    private const int Sequences = 8, Steps = 16, PromptTokens = 32;

    public static void Run(EngineOptions options, EngineModels models, TextWriter output)
    {
        output.WriteLine("## A batch of mixed widths\n");
        output.WriteLine($"{Sequences} sequences, two each at S, M, L and XL, {Steps} tokens each after prompts of {PromptTokens}; one thread, processor time, tokens/s of all together, medians of {2 * options.Rounds + 1} rounds in turn.\n");
        output.WriteLine("| model | type | mixed batch | one after the other | batch, all XL | mixed / separate | mixed / all XL |");
        output.WriteLine("|---|---|---:|---:|---:|---:|---:|");
        foreach (var model in options.Models)
        {
            using var checkpoint = Checkpoint.Open(models.Folder(model));
            var config = checkpoint.Config;
            WidthPlan[] mixed = [.. Enumerable.Range(0, Sequences).Select(i => WidthPlan.Uniform(config.Granularities[i % config.Granularities.Count].Width, config.Layers))];
            WidthPlan[] widest = [.. mixed.Select(_ => config.FullWidths)];
            foreach (var type in options.Types)
            {
                var decoder = Decoder.Load(checkpoint, new DecoderOptions { Threads = 1, Weights = type });
                var (together, apart, full) = (new Samples(), new Samples(), new Samples());
                for (var round = -1; round <= 2 * options.Rounds; round++)
                {
                    var (a, b, c) = (Decode(decoder, mixed, batch: Sequences), Decode(decoder, mixed, batch: 1), Decode(decoder, widest, batch: Sequences));
                    if (round < 0)
                        continue;
                    together.Add(a);
                    apart.Add(b);
                    full.Add(c);
                }

                output.WriteLine(FormattableString.Invariant(
                    $"| {model} | {type.ToString().ToLowerInvariant()} | {together.Median:F1} | {apart.Median:F1} | {full.Median:F1} | {together.Median / apart.Median:F2} | {together.Median / full.Median:F2} |"));
            }
        }
    }

    private static double Decode(Decoder decoder, WidthPlan[] plans, int batch)
    {
        var config = decoder.Config;
        var caches = Array.ConvertAll(plans, _ => new KvCache(config));
        var logits = Array.ConvertAll(plans, _ => new float[config.VocabularySize]);
        var prompt = Enumerable.Range(0, PromptTokens).Select(i => i * 31 % config.VocabularySize).ToArray();
        for (var i = 0; i < plans.Length; i++)
            decoder.Forward(prompt, caches[i], plans[i], logits[i]);

        var token = new int[] { 7 };
        var sequences = Enumerable.Range(0, plans.Length).Select(i => new SequenceTokens(caches[i], token, plans[i], logits[i])).ToArray();
        var clock = MeasureClock.For(decoder.Threads);
        var start = clock.Seconds;
        for (var first = 0; first < sequences.Length; first += batch)
        {
            for (var step = 0; step < Steps; step++)
                decoder.Forward(sequences.AsSpan(first, batch));
        }

        var seconds = clock.Seconds - start;
        Array.ForEach(caches, cache => cache.Dispose());
        return sequences.Length * Steps / seconds;
    }
}
