using System.CommandLine;
using System.Text.Json;
using Nestor.Cli.Terminal;
using Nestor.Images;
using Nestor.Training;
using Nestor.Training.Robustness;
using Nestor.Training.Robustness.Selection;
using Nestor.Voting;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor robust select POOL… --images PATH --epsilon 8/255</c>: which models of a pool should vote. It looks at training images that training never saw, never at the test part.</summary>
internal static class RobustSelectCommand
{
    public static Command Create()
    {
        var pool = new Argument<string[]>("POOL") { Description = "Folders of image models, or FOLDER@PLAN for one of their sizes.", Arity = ArgumentArity.OneOrMore };
        var images = ImageArguments.Images();
        images.Required = true;
        var threat = new ThreatArguments();
        var members = new Option<int>("--members") { Description = "Members of a committee; odd.", DefaultValueFactory = _ => 3 };
        var validation = new Option<int>("--validation") { Description = "Training images that were kept back when the models were trained, as nestor robust train --validation keeps them.", DefaultValueFactory = _ => 500 };
        var steps = new Option<int>("--steps") { Description = "Steps of each attack.", DefaultValueFactory = _ => 100 };
        var confirm = new Option<int>("--confirm") { Description = "Best committees to attack by everything, on the same images.", DefaultValueFactory = _ => 3 };
        var (device, seed, json) = (Arguments.Device(), Arguments.Seed(), Arguments.Json());
        var command = new Command("select", "Choose the members of a committee from a pool: each majority is attacked once, then every vote is known.") { pool, images, members, validation, steps, confirm, device, seed, json };
        threat.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            Run(
                parsed.GetRequiredValue(pool), parsed.GetRequiredValue(images)!, threat.Threat(parsed), parsed.GetValue(members), parsed.GetValue(validation), parsed.GetValue(steps), parsed.GetValue(confirm),
                parsed.GetRequiredValue(device), parsed.GetValue(seed), parsed.GetValue(json), cancellation);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(
        string[] names, string path, Threat threat, int members, int validation, int steps, int confirm, string device, long seed, bool json, CancellationToken cancellation)
    {
        using var pool = ImagePool.Open(names, TorchRuntime.DeviceFor(device));
        var failures = new JointFailures(names.Length, members, points: 1);
        var set = ImageSources.Open(path, ImageSplit.Train, pool.Config.ImageSize, pool.Config.Channels);
        if (validation > set.Count)
            throw new NestorException($"{validation} of {set.Count} training images were asked for; give as many as were kept back in training.");
        using var scope = NewDisposeScope();
        var (images, labels) = pool.Pictures(set.Pick(ImagePixels.Choice(set.Count, validation)), validation);
        var evaluation = new PoolEvaluation(pool.Config.Classes, pool.Models, images, labels, threat, steps);
        Console.Error.WriteLine($"attacking {names.Length} models alone, then {failures.Majorities.Count()} sets of {failures.Majority} at once");
        var alone = evaluation.Alone(cancellation);
        failures = evaluation.Together(members, majority => Console.Error.WriteLine($"attacked {string.Join(", ", majority.Select(model => names[model]))} at once"), cancellation);
        var ranked = new CommitteeSearch(alone, failures).Best(int.MaxValue);
        var confirmed = ranked.Take(confirm).Select(candidate => Confirm(pool, candidate, images, labels, threat, steps, seed, cancellation)).ToList();
        var selection = new CommitteeSelection(alone, ranked, confirmed);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(selection.Json(), new JsonSerializerOptions { WriteIndented = true }));
        else
            SelectionTable.Write(AnsiConsole.Console, selection);
    }

    private static double Confirm(ImagePool pool, CommitteeCandidate candidate, Tensor images, Tensor labels, Threat threat, int steps, long seed, CancellationToken cancellation)
    {
        var vote = new VotingDefence(pool.Config.Classes, new AbsoluteMajority(), [.. candidate.Members.Select(model => pool.Models[model].Scores)]);
        using var result = AutoAttack.Evaluate(vote, images, labels, threat, VoteAttack.Standard(candidate.Members.Count, steps), new EvaluationOptions { Seed = seed }, cancellation: cancellation);
        return result.RobustAccuracy;
    }
}
