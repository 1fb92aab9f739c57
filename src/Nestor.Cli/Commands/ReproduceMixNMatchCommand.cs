using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Reports;
using Nestor.Cli.Terminal;
using Nestor.Inference;
using Nestor.MixNMatch;
using Nestor.Models;
using Nestor.Training;
using Nestor.Training.Evaluation;
using Nestor.Training.Optimization;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary>
/// <c>nestor reproduce mixnmatch</c>: three ways to choose a plan under a budget, on the nested model of <c>nestor reproduce matlm</c>.
/// </summary>
/// <remarks>
/// MatFormer (arXiv 2310.07707) §3.3, D.1 and D.2. Plans are chosen on the first half of the held-out documents and judged on the other, so
/// that a way which tries many plans gains nothing by luck.
/// </remarks>
internal static class ReproduceMixNMatchCommand
{
    private const string Folder = "mixnmatch";

    public static Command Create()
    {
        var training = new MatLmArguments();
        var (device, threads) = (Arguments.Device(), Arguments.Threads());
        var budgets = new Option<string>("--budgets") { Description = "Budgets, separated by commas.", DefaultValueFactory = _ => "45%,52%,58%,65%,75%,90%" };
        var choosing = new Option<long>("--choose-tokens") { Description = "Choose plans by about this many tokens.", DefaultValueFactory = _ => 50_000 };
        var judging = new Option<long>("--judge-tokens") { Description = "Judge what was chosen by about this many other tokens.", DefaultValueFactory = _ => 250_000 };
        var remark = new Option<string?>("--remark") { Description = "A sentence for the report, such as what else the machine did." };
        var output = Arguments.Out("Folder for mixnmatch.md and mixnmatch.png.", Path.Combine("bench", "results"));
        var command = new Command("mixnmatch", "Compare the paper's rule, measured selection and evolution on the nested model of reproduce matlm.") { device, threads, budgets, choosing, judging, remark, output };
        training.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            var (text, work, target) = (parsed.GetRequiredValue(training.Text), parsed.GetRequiredValue(training.Work), parsed.GetRequiredValue(output));
            var wanted = parsed.GetRequiredValue(budgets).Split(',').Select(Budget.Parse).ToList();
            var torchDevice = TorchRuntime.DeviceFor(parsed.GetRequiredValue(device));
            var shape = training.Shape(parsed);
            using var data = CorpusPreparation.Make(AnsiConsole.Console, work, TextSources.Open(text), shape.VocabularySize, null, keep: true, cancellation, MatLmArguments.ValidationShare);
            if (!Train(data, shape, training.Options(parsed, shape, torchDevice), torchDevice, Path.Combine(work, MatLmArguments.NestedRun), cancellation))
                return Task.FromResult(Program.Stopped);

            using var checkpoint = Checkpoint.Open(Path.Combine(work, MatLmArguments.NestedRun));
            var limits = wanted.ConvertAll(budget => PlanLimit.Of(checkpoint.Config, budget, WeightType.F32, null));
            var kept = Directory.CreateDirectory(Path.Combine(work, Folder)).FullName;
            var table = Profile(checkpoint, Path.Combine(kept, "costs.json"), cancellation);
            var decoder = Decoder.Load(checkpoint, new DecoderOptions { Threads = parsed.GetValue(threads), Weights = WeightType.F32 });
            var held = EvaluationText.Of(data.Corpus.Validation).Tokens.ToArray();
            var (first, second) = (Part("choose", held.AsMemory(0, held.Length / 2), parsed.GetValue(choosing)), Part("judge", held.AsMemory(held.Length / 2), parsed.GetValue(judging)));
            new MixNMatchReport
            {
                Config = checkpoint.Config,
                Table = table,
                Budgets = Choose(new MixNMatchExperiment(new WidthChoices(checkpoint.Config), first.Log, first.Predictions), wanted, limits),
                Shapes = [.. MixNMatchExperiment.Shapes(checkpoint.Config)],
                Chosen = first.Predictions,
                Judged = second.Predictions,
                Windows = second.Log.Windows,
                Documents = data.Corpus.Validation.Documents,
                Command = "nestor " + Arguments.Shown(parsed, text, work, target),
                Remark = parsed.GetValue(remark),
            }.Write(target);
            Console.WriteLine($"written: {Path.Combine(target, "mixnmatch.md")}");
            return Task.FromResult(0);

            (LossLog Log, long Predictions) Part(string name, ReadOnlyMemory<int> tokens, long most)
            {
                var loss = new DecoderLoss(decoder, tokens, maxTokens: most);
                var key = string.Create(CultureInfo.InvariantCulture, $"{name} {loss.Predictions} of {tokens.Length} tokens of {data.Corpus.ContentHash[..16]}, {decoder.Weights} of {checkpoint.Fingerprint[..16]}");
                return (new LossLog(Path.Combine(kept, $"{name}.jsonl"), key, loss.Windows, plan => loss.MeasureWindows(plan, cancellation)), loss.Predictions);
            }
        });
        return command;
    }

    /// <summary>Trains the nested model where its folder holds none.</summary>
    private static bool Train(CorpusPreparation data, ModelConfig shape, TrainingOptions independent, Device device, string folder, CancellationToken cancellation)
    {
        if (File.Exists(Path.Combine(folder, ModelFolder.Config)))
            return true;
        var config = data.Fit(shape);
        var options = MatLmArguments.Nested(independent, config);
        using var run = TrainingRun.Open(folder, config, data.Tokenizer, data.Corpus, options, resume: true, device);
        if (TrainingDisplay.Show(AnsiConsole.Console, config.Granularities, options.Steps, progress => run.Execute(progress, cancellation)))
            return true;
        Console.Error.WriteLine($"nestor: stopped after step {run.Step}; the same command goes on.");
        return false;
    }

    /// <summary>The layers' times on one thread, whose clock others do not disturb; measured once for a model and machine.</summary>
    private static CostTable Profile(Checkpoint checkpoint, string path, CancellationToken cancellation)
    {
        if (File.Exists(path) && CostTable.Read(path) is var known && known.Model == checkpoint.Fingerprint && known.Machine == Inference.Measurement.MachineDescription.Text)
            return known;
        var table = LayerProfile.Measure(checkpoint, new ProfileOptions { Threads = 1, Tokens = Math.Min(64, checkpoint.Config.ContextLength), Rounds = 31 }, cancellation: cancellation);
        table.Write(path);
        LayerTimesTable.Write(table, checkpoint.Config);
        return table;
    }

    private static List<BudgetOutcome> Choose(MixNMatchExperiment experiment, List<Budget> budgets, List<PlanLimit> limits)
    {
        var outcomes = new List<BudgetOutcome>();
        foreach (var (budget, limit) in budgets.Zip(limits))
        {
            Console.WriteLine($"choosing for {budget}");
            outcomes.Add(experiment.Choose(budget, limit));
        }

        return outcomes;
    }
}
