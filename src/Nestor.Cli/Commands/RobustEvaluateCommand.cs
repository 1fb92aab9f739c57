using System.CommandLine;
using Nestor.Cli.Reports;
using Nestor.Cli.Terminal;
using Nestor.Images;
using Nestor.Training;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Attacks;
using Nestor.Training.Robustness.Losses;
using Nestor.Voting;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor robust evaluate MODEL… --images PATH --epsilon 8/255</c>: attacks each model and, of several, their vote.</summary>
internal static class RobustEvaluateCommand
{
    public static Command Create()
    {
        var models = new Argument<string[]>("MODEL") { Description = "A folder of an image model, FOLDER@PLAN for one of its sizes, or an ONNX file. Several vote, the most trusted first.", Arity = ArgumentArity.OneOrMore };
        var images = ImageArguments.Images();
        images.Required = true;
        var threat = new ThreatArguments();
        var policy = new Option<string>("--policy") { Description = "How several models vote: majority, plurality, or trusted (plurality in which the most trusted decides ties).", DefaultValueFactory = _ => "plurality" };
        policy.AcceptOnlyFromAmong("majority", "plurality", "trusted");
        var count = new Option<int>("--count") { Description = "Images of the test part to attack: always the same ones.", DefaultValueFactory = _ => 1000 };
        var steps = new Option<int>("--steps") { Description = "Steps of each gradient attack.", DefaultValueFactory = _ => 100 };
        var queries = new Option<int>("--queries") { Description = "Queries of the square attack.", DefaultValueFactory = _ => 5000 };
        var quick = new Option<bool>("--quick") { Description = "APGD alone, on cross-entropy and towards every class: an upper bound in a tenth of the time." };
        var output = new Option<string?>("--out") { Description = "Folder for report.html and report.json." };
        var (device, seed, json) = (Arguments.Device(), Arguments.Seed(), Arguments.Json());
        var command = new Command("evaluate", "Attack classifiers by AutoAttack and votes by attacks made for them; the worst case of every image counts.")
        {
            models, images, policy, count, steps, queries, quick, output, device, seed, json,
        };
        threat.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            Run(
                parsed.GetRequiredValue(models), parsed.GetRequiredValue(images)!, threat.Threat(parsed), Policy(parsed.GetRequiredValue(policy)), parsed.GetValue(count),
                new Effort(parsed.GetValue(steps), parsed.GetValue(queries), parsed.GetValue(quick)), parsed.GetValue(output), parsed.GetRequiredValue(device), parsed.GetValue(seed), parsed.GetValue(json),
                $"nestor {Arguments.Shown(parsed, [.. parsed.GetRequiredValue(models), parsed.GetRequiredValue(images)!])}", cancellation);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(
        string[] names, string imagePath, Threat threat, VotePolicy policy, int count, Effort effort, string? output, string deviceName, long seed, bool json, string shown, CancellationToken cancellation)
    {
        threat.Validate();
        policy.Validate(names.Length);
        using var pool = ImagePool.Open(names, TorchRuntime.DeviceFor(deviceName));
        using var scope = NewDisposeScope();
        var (images, labels) = pool.Pictures(ImageSources.Open(imagePath, ImageSplit.Test, pool.Config.ImageSize, pool.Config.Channels), count);
        var options = new EvaluationOptions { Seed = seed };
        var progress = new AttackDisplay();
        var memberAttacks = effort.OnModels(pool.Config.Classes);
        CommitteeEvaluation? committee = null;
        IReadOnlyList<RobustnessResult> results;
        if (names.Length == 1)
        {
            var defence = new ModelDefence(pool.Config.Classes, pool.Models[0].Scores);
            results = [AutoAttack.Evaluate(defence, images, labels, threat, AutoAttack.Possible(defence, images, memberAttacks), options, step => progress.Show(names[0], step), cancellation)];
        }
        else
        {
            committee = CommitteeEvaluation.Run(pool.Config.Classes, policy, pool.Models, images, labels, threat, memberAttacks, effort.OnVotes(names.Length), options, progress.Show, cancellation);
            results = [.. committee.Members, committee.Vote];
        }

        using var owned = committee;
        var report = new RobustReport
        {
            Command = shown,
            Images = imagePath,
            Threat = threat,
            Policy = committee is null ? null : policy,
            Rows = [.. results.Zip([.. pool.Models.Select(model => model.Name), "vote"], (result, name) => RobustRow.Of(name, result))],
            Committee = committee is null ? null : new RobustCommittee(committee.Abstention, committee.Counted),
            Warnings = committee?.Warnings ?? results[0].Warnings,
            Gallery = RobustGallery.Of(images, results[^1], labels, pool.Config),
        };
        if (output is not null)
            report.Write(output);
        if (json)
            Console.WriteLine(report.Json());
        else
            RobustTable.Write(AnsiConsole.Console, report);
        if (committee is null)
            results[0].Dispose();
    }

    private static VotePolicy Policy(string name) => name switch
    {
        "majority" => new AbsoluteMajority(),
        "trusted" => new TrustedPlurality(),
        _ => new StrictPlurality(),
    };

    /// <summary>How much is tried.</summary>
    private sealed record Effort(int Steps, int Queries, bool IsQuick)
    {
        public IReadOnlyList<Attack> OnModels(int classes)
        {
            Attack ce = new AutoPgd(new CrossEntropyLoss()) { Steps = Steps };
            Attack sure = classes >= 4 ? new TargetedAutoPgd { Steps = Steps } : new AutoPgd(new MarginLoss()) { Steps = Steps };
            return IsQuick ? [ce, sure] : [ce, sure, new FastAdaptiveBoundary { Steps = Steps }, new SquareAttack { Queries = Queries }];
        }

        public IReadOnlyList<Attack> OnVotes(int members) => [.. VoteAttack.Standard(members, Steps, Queries).Where(attack => !IsQuick || attack is not SquareAttack)];
    }
}
