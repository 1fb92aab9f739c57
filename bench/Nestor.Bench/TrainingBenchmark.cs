using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Nestor.Models;
using Nestor.Text;
using Nestor.Training;
using Nestor.Training.Data;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using static TorchSharp.torch;
using AdamW = Nestor.Training.Optimization.AdamW;

namespace Nestor.Bench;

/// <summary>The trainer against a bare TorchSharp loop of the same model, the cost of a step at each granularity, and AdamW against TorchSharp's.</summary>
internal static class TrainingBenchmark
{
    private const int Batch = 32, Rounds = 5, StepsPerRound = 4;

    public static void Run(TextWriter output)
    {
        TorchRuntime.EnsureLoaded();
        var bfloat16 = Autocast.IsFasterOn(CPU);
        var config = ModelPresets.Get("quickstart");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}; preset quickstart ({ParameterCount.Of(config, config.FullWidths).Total / 1e6:F1} M parameters), batch {Batch} x {config.ContextLength}, {(bfloat16 ? "bfloat16 products" : "float32")}; medians of {Rounds} rounds of {StepsPerRound} steps, the sides taking turns.\n"));

        using var model = MatLm.Create(config, 1);
        model.UseBFloat16 = bfloat16;
        var steps = config.Granularities.Select(granularity => (granularity.Name, Plan: WidthPlan.Uniform(granularity.Width, config.Layers))).ToArray();
        Trainer(output, model, steps[^1].Plan, bfloat16);
        Granularities(output, model, steps);
        Optimizer(output, model, steps[^1].Plan);
        Parts(output, model.Config, bfloat16);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Peak memory of this process: {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} MB."));
    }

    private static void Trainer(TextWriter output, MatLm model, WidthPlan plan, bool bfloat16)
    {
        var folder = Directory.CreateTempSubdirectory("nestor-bench-").FullName;
        try
        {
            using var corpus = RandomCorpus(folder, model.Config);
            var options = new TrainingOptions { Objective = new SampledObjective(0, 0, 0, 1), Steps = 10_000, BatchSize = Batch, WindowLength = model.Config.ContextLength, BFloat16 = bfloat16, LearningRate = 1e-4 };
            using var trainer = new Trainer(model, corpus, options);
            using var theirs = optim.AdamW(model.Parameters.Select(parameter => parameter.Weight), lr: 1e-4, weight_decay: 0.1);
            var windows = new TrainingWindows(corpus.Train, model.Config.ContextLength, 1);

            var (ours, bare) = (new List<double>(), new List<double>());
            for (var round = -1; round < Rounds; round++)
            {
                var a = Time(() => RunSteps(trainer));
                var b = Time(() => BareLoop(model, theirs, windows, plan));
                if (round < 0)
                    continue;
                ours.Add(a);
                bare.Add(b);
            }

            var tokens = (double)Batch * model.Config.ContextLength * StepsPerRound;
            output.WriteLine("## Trainer against a bare loop\n\nXL steps. The bare loop reads windows, runs the same model forward and backward, clips and calls TorchSharp's AdamW.\n");
            output.WriteLine("| loop | tokens/s |\n|---|---:|");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| Trainer | {tokens / Median(ours):F0} |\n| bare TorchSharp | {tokens / Median(bare):F0} |\n\nTrainer / bare: {Median(bare) / Median(ours):F3}\n"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void RunSteps(Trainer trainer)
    {
        using var stop = new CancellationTokenSource();
        var steps = 0;
        trainer.Run(_ => { if (++steps == StepsPerRound) stop.Cancel(); }, stop.Token);
    }

    private static void BareLoop(MatLm model, optim.Optimizer optimizer, TrainingWindows windows, WidthPlan plan)
    {
        var length = windows.Length;
        for (var step = 0; step < StepsPerRound; step++)
        {
            using var scope = NewDisposeScope();
            var rows = new long[Batch * (length + 1)];
            windows.Fill(step, 0, rows);
            var tokens = tensor(rows, Batch, length + 1);
            optimizer.zero_grad();
            model.Loss(tokens.narrow(1, 0, length), tokens.narrow(1, 1, length), plan).backward();
            nn.utils.clip_grad_norm_(model.Parameters.Select(parameter => parameter.Weight), 1);
            optimizer.step();
        }

        optimizer.zero_grad();
    }

    private static void Granularities(TextWriter output, MatLm model, (string Name, WidthPlan Plan)[] steps)
    {
        using var scope = NewDisposeScope();
        using var optimizer = new AdamW(model.Parameters, new AdamWOptions());
        var tokens = randint(0, model.Config.VocabularySize, [Batch, model.Config.ContextLength + 1], ScalarType.Int64);
        var seconds = steps.Select(_ => new List<double>()).ToArray();
        for (var round = -1; round < Rounds; round++)
        {
            for (var i = 0; i < steps.Length; i++)
            {
                var time = Time(() =>
                {
                    for (var step = 0; step < StepsPerRound; step++)
                    {
                        using var inner = NewDisposeScope();
                        model.Loss(tokens.narrow(1, 0, model.Config.ContextLength), tokens.narrow(1, 1, model.Config.ContextLength), steps[i].Plan).backward();
                        optimizer.Step(1e-4, 1, steps[i].Plan);
                    }
                });
                if (round >= 0)
                    seconds[i].Add(time / StepsPerRound);
            }
        }

        output.WriteLine("## A step at each granularity\n\n| granularity | ms per step | of XL |\n|---|---:|---:|");
        var widest = Median(seconds[^1]);
        foreach (var ((name, _), times) in steps.Zip(seconds))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {Median(times) * 1e3:F0} | {Median(times) / widest:F2} |"));
        var (narrow, wide) = (steps[0].Plan.Widest, steps[^1].Plan.Widest);
        var withoutNeurons = Median(seconds[0]) - (widest - Median(seconds[0])) * narrow / (wide - narrow);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\nA step sampled uniformly costs {seconds.Average(Median) / widest:F2} of an XL step on average. Extended in a straight line to no neurons at all, a step would cost {withoutNeurons / widest:F2}: that share of an XL step is attention, norms, embedding, head and loss, which no width makes cheaper.\n"));
    }

    private static void Optimizer(TextWriter output, MatLm model, WidthPlan plan)
    {
        using var scope = NewDisposeScope();
        using var ours = new AdamW(model.Parameters, new AdamWOptions());
        var weights = model.Parameters.Select(parameter => parameter.Weight).ToList();
        using var theirs = optim.AdamW(weights, lr: 1e-5, weight_decay: 0.1);
        var gradients = weights.ConvertAll(weight => randn_like(weight));
        void SetGradients()
        {
            foreach (var (weight, gradient) in weights.Zip(gradients))
                weight.grad = gradient;
        }

        var (mine, reference) = (new List<double>(), new List<double>());
        for (var round = -1; round < 4 * Rounds; round++)
        {
            SetGradients();
            var a = Time(() => ours.Step(1e-5, 1, plan));
            SetGradients();
            var b = Time(() =>
            {
                nn.utils.clip_grad_norm_(weights, 1);
                theirs.step();
                theirs.zero_grad();
            });
            if (round < 0)
                continue;
            mine.Add(a);
            reference.Add(b);
        }

        output.WriteLine("## AdamW\n\nOne step over all weights: clip to a norm, update, drop the gradients.\n\n| optimizer | ms |\n|---|---:|");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| Nestor | {Median(mine) * 1e3:F2} |\n| TorchSharp | {Median(reference) * 1e3:F2} |\n\nTorchSharp / Nestor: {Median(reference) / Median(mine):F1}\n"));
    }

    /// <summary>Two choices of the model against what they replace: attention from its parts, and head and loss in chunks.</summary>
    private static void Parts(TextWriter output, ModelConfig config, bool bfloat16)
    {
        long[] heads = [Batch, config.Heads, config.ContextLength, config.HeadSize];
        const int Examples = 4096, Chunk = 512;
        Tensor Plain(Tensor q, Tensor k, Tensor v)
        {
            var future = full([heads[2], heads[2]], float.NegativeInfinity).triu_(1);
            var scores = bmm(q.flatten(0, 1) / Math.Sqrt(heads[3]), k.flatten(0, 1).transpose(1, 2));
            return bmm((scores + future.to(scores.dtype)).softmax(-1), v.flatten(0, 1)).sum();
        }

        Tensor Loss(Tensor features, Tensor head, Tensor targets, int chunk)
        {
            var total = zeros(1);
            for (var start = 0; start < Examples; start += chunk)
                total = total + nn.functional.cross_entropy(nn.functional.linear(features.narrow(0, start, chunk), head), targets.narrow(0, start, chunk), reduction: nn.Reduction.Sum);
            return total.sum();
        }

        double Median(Func<Func<Tensor>> make)
        {
            var times = new List<double>();
            for (var round = -1; round < 4 * Rounds; round++)
            {
                using var scope = NewDisposeScope();
                var forward = make();
                var time = Time(() =>
                {
                    Tensor loss;
                    using (Autocast.Begin(CPU, bfloat16))
                        loss = forward();
                    loss.backward();
                });
                if (round >= 0)
                    times.Add(time * 1e3);
            }

            return TrainingBenchmark.Median(times);
        }

        Func<Tensor> Attention(Func<Tensor, Tensor, Tensor, Tensor> attend)
        {
            var (q, k, v) = (randn(heads, requires_grad: true), randn(heads, requires_grad: true), randn(heads, requires_grad: true));
            return () => attend(q, k, v);
        }

        Func<Tensor> Head(int chunk)
        {
            var (features, head) = (randn([Examples, config.HiddenSize], requires_grad: true), randn([config.VocabularySize, config.HiddenSize], requires_grad: true));
            var targets = randint(0, config.VocabularySize, [Examples], ScalarType.Int64);
            return () => Loss(features, head, targets, chunk);
        }

        output.WriteLine("## Attention and loss\n\nForward and backward of one layer's attention, and of the head with the cross-entropy of 4,096 tokens.\n\n| what | ms |\n|---|---:|");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| attention from its parts | {Median(() => Attention(Plain)):F1} |"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| libtorch's fused attention | {Median(() => Attention((q, k, v) => nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true).sum())):F1} |"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| head and loss, {Chunk} tokens at a time | {Median(() => Head(Chunk)):F1} |"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| head and loss, all at once | {Median(() => Head(Examples)):F1} |\n"));
    }

    private static Corpus RandomCorpus(string folder, ModelConfig config)
    {
        var random = new Random(1);
        var documents = Enumerable.Range(0, 40).Select(_ => string.Join(' ', Enumerable.Range(0, 1000).Select(_ => random.Next(100)))).ToList();
        var path = Path.Combine(folder, "text.jsonl");
        File.WriteAllLines(path, documents.Select(document => $"{{\"text\":\"{document}\"}}"));
        return Corpus.Build(TextSource.Open(path), TokenizerTrainer.Train(documents, 300), Path.Combine(folder, "corpus"), 0.1);
    }

    private static double Time(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
