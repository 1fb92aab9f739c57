using System.CommandLine;
using Nestor.Cli.Terminal;
using Nestor.Images;
using Nestor.Training;
using Nestor.Training.Robustness;
using Nestor.Voting;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor robust evaluate MODEL… --images PATH --epsilon 8/255</c>: attacks each model and, of several, their vote.</summary>
internal static class RobustEvaluateCommand
{
    private const int ManyChecked = 250, ManyInCurve = 200;
    private const string WorkFolder = "work";

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
        var quick = new Option<bool>("--quick") { Description = "APGD alone, on cross-entropy and towards every class, and no checks: an upper bound in a tenth of the time." };
        var curve = new Option<int>("--curve") { Description = "Images of the curve of robust accuracy against epsilon, which is drawn with quick attacks; 0 for none.", DefaultValueFactory = _ => ManyInCurve };
        var checks = new Option<int?>("--checks") { Description = $"Images on which the attacks on a vote are checked, and whether plain PGD with restarts is tried at last; 0 for no checks, {ManyChecked} if not given." };
        var rivals = new Option<bool>("--rivals") { Description = "Also attack the mean and the median of the models' probabilities and the mean of their calibrated scores, as much as the vote." };
        var validation = new Option<int>("--validation") { Description = "Training images to calibrate scores on for --rivals, those that nestor robust train --validation keeps back.", DefaultValueFactory = _ => 500 };
        var output = new Option<string?>("--out") { Description = "Folder for report.html and report.json, and for what is found on the way: the same command goes on where it was stopped." };
        var (device, seed, json) = (Arguments.Device(), Arguments.Seed(), Arguments.Json());
        var command = new Command("evaluate", "Attack classifiers by AutoAttack and votes by attacks made for them; the worst case of every image counts.")
        {
            models, images, policy, count, steps, queries, quick, curve, checks, rivals, validation, output, device, seed, json,
        };
        threat.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            var names = parsed.GetRequiredValue(models);
            var source = parsed.GetRequiredValue(images)!;
            var folder = parsed.GetValue(output);
            var isQuick = parsed.GetValue(quick);
            var effort = new RobustEffort(
                parsed.GetValue(steps), parsed.GetValue(queries), isQuick, NotNegative("--checks", parsed.GetValue(checks) ?? (isQuick ? 0 : ManyChecked)), NotNegative("--curve", parsed.GetValue(curve)));
            var voting = Policy(parsed.GetRequiredValue(policy));
            voting.Validate(names.Length);
            var allowed = threat.Threat(parsed);
            using var pool = ImagePool.Open(names, TorchRuntime.DeviceFor(parsed.GetRequiredValue(device)));
            using var scope = NewDisposeScope();
            var (pictures, labels) = pool.Pictures(Open(pool, source, ImageSplit.Test), parsed.GetValue(count));
            var run = new RobustRun
            {
                Pool = pool,
                Images = pictures,
                Labels = labels,
                Threat = allowed,
                Policy = voting,
                Effort = effort,
                Rivals = parsed.GetValue(rivals) && names.Length > 1 ? Combined(pool, Open(pool, source, ImageSplit.Train), parsed.GetValue(validation)) : [],
                Options = new EvaluationOptions { Seed = parsed.GetValue(seed), Folder = folder is null ? null : Path.Combine(folder, WorkFolder) },
                Progress = new AttackDisplay().Show,
            };
            var report = run.Report($"nestor {Arguments.Shown(parsed, [.. names, source])}", source, cancellation);
            if (folder is not null)
                report.Write(folder);
            if (parsed.GetValue(json))
                Console.WriteLine(report.Json());
            else
                RobustTable.Write(AnsiConsole.Console, report);
            return Task.CompletedTask;
        });
        return command;
    }

    private static ImageSet Open(ImagePool pool, string source, ImageSplit split) => ImageSources.Open(source, split, pool.Config.ImageSize, pool.Config.Channels);

    /// <summary>The ways to combine the models' scores instead of counting their votes.</summary>
    private static IReadOnlyList<Aggregation> Combined(ImagePool pool, ImageSet training, int validation)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var (images, labels) = pool.Pictures(training, validation);
        return [new MeanProbability(), new MedianProbability(), new MeanScore([.. pool.Models.Select(model => Temperature.Of(model.Scores(images), labels))])];
    }

    private static int NotNegative(string option, int number) => number >= 0 ? number : throw new NestorException($"{option} {number} was given; give 0 for none, or a number of images.");

    private static VotePolicy Policy(string name) => name switch
    {
        "majority" => new AbsoluteMajority(),
        "trusted" => new TrustedPlurality(),
        _ => new StrictPlurality(),
    };
}
