using System.CommandLine;
using Nestor.Cli.Reports;
using Nestor.Cli.Voting;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor reproduce nested-committees</c>: sizes of one model vote, against models trained by themselves.</summary>
internal static class ReproduceNestedVotingCommand
{
    private const int Heads = 4;

    public static Command Create()
    {
        var images = ImageArguments.Images();
        images.Required = true;
        var threat = new ThreatArguments();
        var standard = new NestedSetting { Images = "", Shape = Shape(64, 3), Threat = new(Nestor.Training.Robustness.Norm.Infinity, 0), Losses = [] };
        var losses = new Option<string>("--loss") { Description = "The losses of S, M and L, joined by +; the first is everybody's where members share one.", DefaultValueFactory = _ => "pgd+trades+mart" };
        var hidden = new Option<int>("--hidden") { Description = "Size of the model's stream; its feed-forward blocks are as wide (S), twice (M) and four times (L).", DefaultValueFactory = _ => 64 };
        var layers = new Option<int>("--layers") { Description = "Layers of the model.", DefaultValueFactory = _ => 3 };
        var steps = new Option<long>("--steps") { Description = "Optimizer steps for each size.", DefaultValueFactory = _ => standard.Steps };
        var batch = new Option<int>("--batch") { Description = "Images in a batch.", DefaultValueFactory = _ => standard.Batch };
        var search = new Option<int>("--search-steps") { Description = "Steps of the search for the worst neighbour.", DefaultValueFactory = _ => standard.SearchSteps };
        var rate = new Option<double>("--learning-rate") { Description = "Highest learning rate.", DefaultValueFactory = _ => standard.LearningRate };
        var count = new Option<int>("--count") { Description = "Test images to attack: always the same ones.", DefaultValueFactory = _ => standard.Count };
        var attackSteps = new Option<int>("--attack-steps") { Description = "Steps of each gradient attack.", DefaultValueFactory = _ => standard.AttackSteps };
        var queries = new Option<int>("--queries") { Description = "Queries of the square attack.", DefaultValueFactory = _ => standard.Queries };
        var seeds = new Option<int>("--seeds") { Description = "Training seeds.", DefaultValueFactory = _ => standard.Seeds };
        var factors = new Option<bool>("--one-loss") { Description = "Committees whose members share one loss too." };
        var threads = new Option<int>("--threads") { Description = "Threads of libtorch.", DefaultValueFactory = _ => 1 };
        var work = new Option<string>("--work") { Description = "Folder of the runs; what is there is gone on with.", DefaultValueFactory = _ => Path.Combine("out", "reproduce", "nested-committees") };
        var remark = new Option<string?>("--remark") { Description = "A sentence for the report, such as what else the machine did." };
        var output = Arguments.Out($"Folder for {NestedVotingReport.File}.", Path.Combine("bench", "results"));
        var command = new Command("nested-committees", "Let sizes of one robust vision transformer vote, and compare them with models trained by themselves.")
        {
            images, losses, hidden, layers, steps, batch, search, rate, count, attackSteps, queries, seeds, factors, threads, work, remark, output,
        };
        threat.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            var setting = standard with
            {
                Images = parsed.GetRequiredValue(images)!,
                Shape = Shape(parsed.GetValue(hidden), parsed.GetValue(layers)),
                Threat = threat.Threat(parsed),
                Losses = parsed.GetRequiredValue(losses).Split('+'),
                Steps = parsed.GetValue(steps),
                Batch = parsed.GetValue(batch),
                SearchSteps = parsed.GetValue(search),
                LearningRate = parsed.GetValue(rate),
                Count = parsed.GetValue(count),
                AttackSteps = parsed.GetValue(attackSteps),
                Queries = parsed.GetValue(queries),
                Seeds = parsed.GetValue(seeds),
            };
            var (workFolder, outFolder) = (parsed.GetRequiredValue(work), parsed.GetRequiredValue(output));
            TorchRuntime.EnsureLoaded();
            set_num_threads(parsed.GetValue(threads) is > 0 and var wanted ? wanted : throw new NestorException("0 threads or fewer were asked for; at least 1 is wanted."));
            var shown = $"nestor {Arguments.Shown(parsed, setting.Images, workFolder, outFolder)}";
            return Task.FromResult(Run(setting, parsed.GetValue(factors), workFolder, outFolder, results => new NestedVotingReport(shown, parsed.GetValue(remark), results), cancellation));
        });
        return command;
    }

    private static int Run(NestedSetting setting, bool bothFactors, string work, string output, Func<NestedResults, NestedVotingReport> report, CancellationToken cancellation)
    {
        try
        {
            new NestedCommittees(setting, work).Run([.. CommitteeKind.All.Where(kind => bothFactors || kind.HasOwnLosses)], results => report(results).Write(output), cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Console.Error.WriteLine("nestor: stopped; the same command goes on.");
            return Program.Stopped;
        }

        Console.WriteLine($"written: {Path.Combine(output, NestedVotingReport.File)}");
        return 0;
    }

    // Pictures and classes are those of the images, which come later.
    private static VisionConfig Shape(int hidden, int layers) => new()
    {
        ImageSize = 1,
        PatchSize = 1,
        HiddenSize = hidden,
        FullWidths = WidthPlan.Uniform(4 * hidden, layers),
        Heads = Heads,
        Classes = 2,
        Granularities = [new("S", hidden), new("M", 2 * hidden), new("L", 4 * hidden)],
    };
}
