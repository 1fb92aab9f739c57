using Nestor.Cli.Commands;
using Nestor.Images;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Voting;

/// <summary>Committees whose members are sizes of one MatViT, against committees of models trained by themselves at the same sizes and thus the same cost of an answer.</summary>
/// <remarks>Nested or not, a loss for each member or one for all; models by themselves see as many images as one size of the nested model does, or as all of its sizes do.</remarks>
/// <param name="setting">What is compared.</param>
/// <param name="work">Folder of runs and results; what is there is not done again.</param>
internal sealed class NestedCommittees(NestedSetting setting, string work)
{
    /// <summary>Runs what is still to be run.</summary>
    /// <param name="kinds">The committees that are wanted.</param>
    /// <param name="finished">Told of everything known so far, after each committee.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="NestorException">The setting is impossible, or a kept result is damaged.</exception>
    /// <exception cref="OperationCanceledException">It was stopped; the next run goes on.</exception>
    public NestedResults Run(IReadOnlyList<CommitteeKind> kinds, Action<NestedResults>? finished = null, CancellationToken cancellation = default)
    {
        setting.Validate();
        var train = ImageSources.Open(setting.Images, ImageSplit.Train);
        var config = VisionShape.For(train, setting.Shape) with { PatchSize = Math.Max(1, train.Shape.Height / setting.PatchesPerSide) };
        config.Validate();
        var test = ImageSources.Open(setting.Images, ImageSplit.Test, config.ImageSize, config.Channels);
        using var scope = NewDisposeScope();
        var (images, labels) = ImagePixels.Of(test, config.Classes, setting.Count, CPU);
        var results = new NestedResults(setting, config, train.Count, (int)images.shape[0], []);
        foreach (var seed in Enumerable.Range(1, setting.Seeds))
        {
            foreach (var kind in kinds)
            {
                var folder = Path.Combine(work, $"seed-{seed}");
                var measure = new KeptResults(folder).Get($"{kind.Name} {setting.Count} {setting.AttackSteps} {setting.Queries}", () =>
                {
                    using var members = NestedMembers.Train(setting, kind, train, config, seed, folder, cancellation);
                    AnsiConsole.Console.WriteLine($"attacking {kind.Name}, seed {seed}");
                    return new JointAttack(setting, config.Classes, images, labels).Measure(members, kind.Losses(setting), cancellation);
                });
                results = results with { Committees = [.. results.Committees, new NestedResult(kind, seed, measure)] };
                finished?.Invoke(results);
            }
        }

        return results;
    }
}
