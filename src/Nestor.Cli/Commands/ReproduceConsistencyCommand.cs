using System.CommandLine;
using Nestor.Cli.Reports;
using Nestor.Inference;
using Nestor.Models;
using Nestor.Training;
using Nestor.Training.Evaluation;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary>
/// <c>nestor reproduce consistency</c>: how like its XL a slice is, and what that is worth for drafting, on the models of <c>nestor reproduce matlm</c>.
/// </summary>
/// <remarks>MatFormer (arXiv 2310.07707) §3.4, §4.1.1 and F.1.</remarks>
internal static class ReproduceConsistencyCommand
{
    public static Command Create()
    {
        var training = new MatLmArguments();
        var device = Arguments.Device();
        var positions = new Option<long>("--positions") { Description = "Compare predictions after about this many prefixes of held-out text.", DefaultValueFactory = _ => 50_000 };
        var texts = new Option<int>("--texts") { Description = "Prefixes that the models continue.", DefaultValueFactory = _ => 256 };
        var temperature = new Option<double>("--temperature") { Description = "Temperature of sampled texts.", DefaultValueFactory = _ => 0.8 };
        var remark = new Option<string?>("--remark") { Description = "A sentence for the report, such as what else the machine did." };
        var output = Arguments.Out("Folder for consistency.md and consistency.png.", Path.Combine("bench", "results"));
        var command = new Command("consistency", "Compare slices with their XL, and models trained alone with theirs: agreement, divergence, drafting.") { device, positions, texts, temperature, remark, output };
        training.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            var options = new ConsistencyOptions(parsed.GetValue(positions), parsed.GetValue(texts), parsed.GetValue(temperature));
            options.Validate();
            var (text, work, target) = (parsed.GetRequiredValue(training.Text), parsed.GetRequiredValue(training.Work), parsed.GetRequiredValue(output));
            var torchDevice = TorchRuntime.DeviceFor(parsed.GetRequiredValue(device));
            var shape = training.Shape(parsed);
            using var data = CorpusPreparation.Make(AnsiConsole.Console, work, TextSources.Open(text), shape.VocabularySize, null, keep: true, cancellation, MatLmArguments.ValidationShare);
            if (!MatLmModels.Train(data, shape, training.Options(parsed, shape, torchDevice), torchDevice, work, cancellation))
                return Task.FromResult(Program.Stopped);

            var nested = Load(work, MatLmArguments.NestedRun);
            var config = nested.Config;
            var granularities = config.Granularities.Select(granularity => At(nested, WidthPlan.Uniform(granularity.Width, config.Layers), granularity.Name)).ToList();
            var mixed = MixedPlans.Between(config).Select(plan => At(nested, plan, WidthPlanText.Print(plan, config.Granularities))).ToList();
            var alone = config.Granularities.Select(granularity => Load(work, granularity.Name)).Zip(granularities, (decoder, slice) => At(decoder, decoder.Config.FullWidths, slice.Name)).ToList();
            var single = Load(work, MatLmArguments.NestedRun, threads: 1);
            DecoderAtPlan[] onOneThread = [.. granularities.Concat(mixed).Select(model => new DecoderAtPlan(single, model.Model.Plan))];
            var experiment = new ConsistencyExperiment(EvaluationText.Of(data.Corpus.Validation).Tokens.ToArray(), onOneThread, options, cancellation);
            foreach (var (group, reference, others) in new[]
            {
                (ConsistencyGroup.Granularity, granularities[^1], granularities[..^1]),
                (ConsistencyGroup.Mixed, granularities[^1], mixed),
                (ConsistencyGroup.Alone, alone[^1], alone[..^1]),
                (ConsistencyGroup.AloneWithNested, granularities[^1], alone),
            })
            {
                Console.WriteLine($"comparing {others.Count} models with {reference.Name}: {group}");
                experiment.Compare(group, reference, others);
            }

            new ConsistencyReport
            {
                Config = config,
                Options = options,
                Rows = experiment.Rows,
                Positions = experiment.Positions,
                Prefixes = experiment.Prefixes,
                Reading = experiment.CostOf(config.FullWidths),
                Documents = data.Corpus.Validation.Documents,
                Command = "nestor " + Arguments.Shown(parsed, text, work, target),
                Remark = parsed.GetValue(remark),
            }.Write(target);
            Console.WriteLine($"written: {Path.Combine(target, "consistency.md")}");
            return Task.FromResult(0);
        });
        return command;
    }

    private static Decoder Load(string work, string run, int? threads = null)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(work, run));
        return Decoder.Load(checkpoint, new DecoderOptions { Threads = threads });
    }

    private static ComparedModel At(Decoder decoder, WidthPlan plan, string name) => new(name, new DecoderAtPlan(decoder, plan));
}
