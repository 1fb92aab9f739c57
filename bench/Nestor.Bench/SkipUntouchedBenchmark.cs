using System.Globalization;
using Nestor.Models;
using Nestor.Text;
using Nestor.Training;
using Nestor.Training.Data;
using Nestor.Training.Evaluation;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using static TorchSharp.torch;

namespace Nestor.Bench;

/// <summary>What <see cref="AdamWOptions.SkipUntouchedNeurons"/> does to the losses: two short runs that differ in nothing else, over several seeds.</summary>
internal static class SkipUntouchedBenchmark
{
    private const int Steps = 400, Seeds = 2;

    public static void Run(TextWriter output)
    {
        TorchRuntime.EnsureLoaded();
        var folder = Directory.CreateTempSubdirectory("nestor-bench-").FullName;
        try
        {
            var source = SdkDocumentation.Open();
            var shape = ModelPresets.Get("micro");
            var tokenizer = TokenizerTrainer.Train(source.Documents(), shape.VocabularySize);
            using var corpus = Corpus.Build(source, tokenizer, Path.Combine(folder, "corpus"));
            var text = EvaluationText.Of(corpus.Validation);
            output.WriteLine($"Preset micro, {Steps} steps of 32 x {shape.ContextLength} tokens of the SDK's documentation, objective sampled; held-out loss in nats per token.\n");
            output.WriteLine("| seed | option | " + string.Join(" | ", shape.Granularities.Select(g => g.Name)) + " |");
            output.WriteLine("|---|---|" + string.Concat(shape.Granularities.Select(_ => "---:|")));
            for (var seed = 1; seed <= Seeds; seed++)
            {
                foreach (var skip in new[] { false, true })
                {
                    var losses = Train(shape, corpus, text, seed, skip);
                    output.WriteLine($"| {seed} | {(skip ? "skip untouched" : "off (default)")} | " + string.Join(" | ", losses.Select(loss => loss.ToString("F4", CultureInfo.InvariantCulture))) + " |");
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<double> Train(ModelConfig shape, Corpus corpus, EvaluationText text, int seed, bool skip)
    {
        using var model = MatLm.Create(shape, (ulong)seed);
        var options = new TrainingOptions
        {
            Steps = Steps,
            BatchSize = 32,
            WindowLength = shape.ContextLength,
            LearningRate = 3e-3,
            Optimizer = new AdamWOptions { SkipUntouchedNeurons = skip },
            BFloat16 = Autocast.IsFasterOn(CPU),
            Seed = seed,
        };
        using var trainer = new Trainer(model, corpus, options);
        trainer.Run();
        model.UseBFloat16 = false;
        var evaluation = new LossEvaluation(model, text);
        return [.. shape.Granularities.Select(granularity => evaluation.Measure(WidthPlan.Uniform(granularity.Width, shape.Layers)).NatsPerToken)];
    }
}
