using System.CommandLine;
using Nestor.Cli.Reports;
using Nestor.MixNMatch;
using Nestor.Models;
using Nestor.Training;
using Spectre.Console;

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
    public static Command Create()
    {
        var training = new MatLmArguments();
        var (device, threads) = (Arguments.Device(), Arguments.Threads());
        var budgets = new Option<string>("--budgets") { Description = "Budgets, separated by commas.", DefaultValueFactory = _ => "45%,52%,58%,75%" };
        var choosing = new Option<long>("--choose-tokens") { Description = "Choose plans by about this many tokens.", DefaultValueFactory = _ => 30_000 };
        var judging = new Option<long>("--judge-tokens") { Description = "Judge what was chosen by about this many other tokens.", DefaultValueFactory = _ => 60_000 };
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
            if (!MatLmModels.TrainNested(data, shape, training.Options(parsed, shape, torchDevice), torchDevice, work, cancellation))
                return Task.FromResult(Program.Stopped);
            using var checkpoint = Checkpoint.Open(Path.Combine(work, MatLmArguments.NestedRun));
            var report = new MixNMatchReport
            {
                Findings = new MixNMatchExperiment(checkpoint, data.Corpus, work, parsed.GetValue(threads), cancellation).Run(wanted, parsed.GetValue(choosing), parsed.GetValue(judging)),
                Command = "nestor " + Arguments.Shown(parsed, text, work, target),
                Remark = parsed.GetValue(remark),
            };
            report.Write(target);
            Console.WriteLine($"written: {Path.Combine(target, "mixnmatch.md")}");
            return Task.FromResult(0);
        });
        return command;
    }
}
