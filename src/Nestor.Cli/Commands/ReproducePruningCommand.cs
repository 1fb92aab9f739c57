using System.CommandLine;
using Nestor.Training;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor reproduce pruning</c>: what a group lasso finds in networks, in parts that each write a page.</summary>
internal static class ReproducePruningCommand
{
    public static Command Create()
    {
        IPruningPart[] parts = [new PruningTeacherPart(), new PruningImagesPart(), new PruningTextPart()];
        var quick = new Option<bool>("--quick") { Description = "A short try of every part; its figures mean little." };
        var threads = new Option<int?>("--threads") { Description = "Threads of libtorch; without it, its own choice." };
        var work = new Option<string>("--work") { Description = "Folder of the runs; what is there is gone on with.", DefaultValueFactory = _ => Path.Combine("out", "reproduce", "pruning") };
        var remark = new Option<string?>("--remark") { Description = "A sentence for the pages, such as what else the machine did." };
        var output = Arguments.Out("Folder for the pages and their pictures.", Path.Combine("bench", "results"));
        var command = new Command("pruning", "Find the width of networks with a group lasso and prune them to it; compare with other ways at equal size.") { quick, threads, work, remark, output };
        foreach (var option in parts.SelectMany(part => part.Options))
            command.Options.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            TorchRuntime.EnsureLoaded();
            if (parsed.GetValue(threads) is { } count)
                set_num_threads(count > 0 ? count : throw new NestorException($"{count} threads were asked for; at least 1 is wanted."));
            var (workFolder, outFolder) = (parsed.GetRequiredValue(work), parsed.GetRequiredValue(output));
            string[] paths = [workFolder, outFolder, .. parts.SelectMany(part => part.Options).Where(option => option.ValueType == typeof(string)).Select(option => parsed.GetResult(option)?.GetValueOrDefault<string>()).OfType<string>()];
            var setting = new PruningSetting(workFolder, outFolder, parsed.GetValue(quick), "nestor " + Arguments.Shown(parsed, paths), parsed.GetValue(remark));
            var wanted = parts.Where(part => part.IsWanted(parsed)).ToList();
            if (wanted.Count == 0)
                throw new NestorException($"No part was asked for; give at least one of {string.Join(", ", parts.Select(part => part.Options[0].Name))}.");
            foreach (var run in wanted.ConvertAll(part => part.Prepare(parsed, setting)))
                run(cancellation);
            return Task.FromResult(0);
        });
        return command;
    }
}
