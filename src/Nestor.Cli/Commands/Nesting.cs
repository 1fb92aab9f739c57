using System.Globalization;
using System.Text.Json;
using Nestor.Cli.Terminal;
using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary>What <c>nestor nest</c> does with a model of either kind.</summary>
internal sealed record Nesting
{
    private static readonly JsonSerializerOptions JsonFormat = new() { WriteIndented = true };

    /// <summary>The widths as text; null for the paper's.</summary>
    public required string? Granularities { get; init; }

    /// <summary>What the neurons are sorted by.</summary>
    public required Importance Importance { get; init; }

    /// <summary>Which granularities a step trains, and how much the data weighs.</summary>
    public required DistillationObjective Objective { get; init; }

    /// <summary>The penalty and the steps; batches and rates are the model's.</summary>
    public required PruningSettings Settings { get; init; }

    /// <summary>Where the nested model goes.</summary>
    public required string Output { get; init; }

    /// <summary>Whether what was stopped there is gone on with.</summary>
    public required bool Resume { get; init; }

    /// <summary>Whether data is printed in place of tables.</summary>
    public required bool Json { get; init; }

    /// <summary>Where progress is shown.</summary>
    public required IAnsiConsole Console { get; init; }

    /// <summary>Checks what can be checked before the model is opened.</summary>
    /// <exception cref="NestorException">A setting is impossible, or the folder is taken.</exception>
    public void Check(string source)
    {
        Settings.Validate();
        OutputFolder.Check(Output, "the nested model", source, overwrite: Resume);
    }

    /// <summary>Sorts, trains and writes; shows the losses of every granularity on the way.</summary>
    /// <returns>The exit code.</returns>
    public int Run<TModel>(ChangedModel<TModel> model, CancellationToken cancellation)
        where TModel : class, INestedModel, IPrunable
    {
        var granularities = NestCommand.Granularities(Granularities, model.Config);
        var settings = Settings with { Training = model.Options };
        var data = settings.Steps + settings.FineTuneSteps > 0 ? model.Data(Output, cancellation) : model.Calibration.Data;
        using var run = new NestingRun<TModel>(Path.Combine(Output, "before-nesting"), Path.Combine(Output, "nesting"), model.Load, granularities, data, settings, Resume);
        var losses = new List<(string When, double[] Losses)>();
        Measure("natural order");
        if (!Train("before sorting", [new Granularity(WholeObjective.Name, model.Config.FullWidths.Widest)], settings.Steps, run.Regularize))
            return Program.Stopped;
        var change = run.Sort(Importance, model.Calibration, cancellation);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"neurons sorted by {ImportanceText.Print(Importance)}; no score of the model changed by more than {change:G2} of its largest"));
        Measure("sorted");
        if (!Train("while nesting", granularities, settings.FineTuneSteps, (progress, stop) => run.Nest(Objective, progress, stop)))
            return Program.Stopped;
        if (settings.FineTuneSteps > 0)
            Measure("nested");
        else
            run.Nest(Objective, cancellation: cancellation);
        run.Model.UseBFloat16 = false;
        model.Save(run.Model, Output);
        Show(granularities, losses, change);
        return 0;

        void Measure(string when)
        {
            var held = model.Held();
            losses.Add((when, [.. granularities.Select(granularity => held.Loss(run.Model, WidthPlan.Uniform(granularity.Width, model.Config.FullWidths.Layers), cancellation))]));
        }

        bool Train(string phase, IReadOnlyList<Granularity> shown, long steps, Func<Action<TrainingProgress>?, CancellationToken, bool> train)
        {
            if (steps == 0 || TrainingDisplay.Show(Console, shown, steps, progress => train(progress, cancellation), model.Unit))
                return true;
            System.Console.Error.WriteLine($"nestor: stopped {phase}; the same command with --resume goes on.");
            return false;
        }
    }

    private void Show(IReadOnlyList<Granularity> granularities, List<(string When, double[] Losses)> losses, double change)
    {
        if (Json)
        {
            System.Console.WriteLine(JsonSerializer.Serialize(
                new
                {
                    granularities = granularities.Select(granularity => new { name = granularity.Name, width = granularity.Width }),
                    losses = losses.ToDictionary(row => row.When, row => row.Losses),
                    change_by_sorting = change,
                    written = Output,
                },
                JsonFormat));
            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("loss, nats");
        foreach (var granularity in granularities)
            table.AddColumn(new TableColumn(string.Create(CultureInfo.InvariantCulture, $"{granularity.Name} ({granularity.Width})")).RightAligned());
        foreach (var (when, row) in losses)
            table.AddRow([when, .. row.Select(loss => loss.ToString("F4", CultureInfo.InvariantCulture))]);
        Console.Write(table);
        Console.WriteLine($"written to {Output}");
    }
}
