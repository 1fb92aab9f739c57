using System.Globalization;
using System.Text.Json;
using Nestor.Cli.Terminal;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Optimization;
using Nestor.Training.Pruning;
using Spectre.Console;

namespace Nestor.Cli.Commands;

/// <summary>What <c>nestor prune</c> does with a model of either kind.</summary>
internal sealed record Pruning
{
    private static readonly JsonSerializerOptions JsonFormat = new() { WriteIndented = true };

    /// <summary>How much is cut.</summary>
    public required PruneRequest Request { get; init; }

    /// <summary>What happens before and after the cut; batches and rates are the model's.</summary>
    public required PruningSettings Settings { get; init; }

    /// <summary>Whether the neurons that go are driven to zero before the cut.</summary>
    public required bool Decays { get; init; }

    /// <summary>Where the pruned model goes; null to show the plan only.</summary>
    public required string? Output { get; init; }

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
        if (Decays && Settings.Steps == 0)
            throw new NestorException("The decay to a width needs steps; give --steps.");
        if (Output is not null)
            OutputFolder.Check(Output, "the pruned model", source, overwrite: Resume);
    }

    /// <summary>Shows the plan, cuts, trains and writes.</summary>
    /// <returns>The exit code.</returns>
    public int Run<TModel>(ChangedModel<TModel> model, CancellationToken cancellation)
        where TModel : class, INestedModel, IPrunable
    {
        Request.Check(model);
        var early = Output is null || Decays ? Plan(model, cancellation) : null;
        if (Output is null)
        {
            if (Settings.Penalty is not null || Decays)
                Console.WriteLine("The plan is for the model as it is; training before the cut may change which neurons go.");
            Show(model, early!, losses: null);
            return 0;
        }

        var settings = Settings with { Training = model.Options, Penalty = early is null ? Settings.Penalty : new TargetDecay(early.Widths.AsSpan().ToArray()) };
        var isTrained = settings.Steps + settings.FineTuneSteps > 0;
        var data = isTrained ? model.Data(Output, cancellation) : model.Calibration.Data;
        var losses = new List<(string When, double Loss)>();
        using var run = new PruningRun<TModel>(
            Path.Combine(Output, "before-cut"), Path.Combine(Output, "after-cut"), () => model.Load([]), model.Cut, data, settings, Resume);
        Measure("as it was");
        if (!Train("before the cut", settings.Steps, run.Regularize))
            return Program.Stopped;
        if (settings.Steps > 0)
            Measure("before the cut");
        var neurons = run.Score(Request.Importance, model.Calibration, GroupKind.FeedForwardNeuron, cancellation);
        var plan = early is null ? Request.Decide(model, neurons) : PruningPlan.Of(early.Widths, neurons);
        IReadOnlyList<UnitScores> heads = model.Heads is null ? [] : run.Score(new Taylor(), model.Calibration, GroupKind.AttentionHead, cancellation);
        plan = WithHeads(plan, heads, model.Heads);
        if (!Json)
            Show(model, plan, losses: null);
        run.Cut(plan.Widths, [.. neurons, .. heads]);
        Measure("after the cut");
        if (!Train("after the cut", settings.Steps + settings.FineTuneSteps, run.FineTune))
            return Program.Stopped;
        if (settings.FineTuneSteps > 0)
            Measure("fine-tuned");
        run.Model.UseBFloat16 = false;
        model.Save(run.Model, Output);
        if (Json)
            Show(model, plan, losses);
        else
            Console.WriteLine($"loss: {string.Join(", ", losses.Select(loss => string.Create(CultureInfo.InvariantCulture, $"{loss.Loss:F4} {loss.When}")))}\nwritten to {Output}");
        return 0;

        void Measure(string when) => losses.Add((when, model.Held().Loss(run.Model, run.Model.Config.FullWidths, cancellation)));

        bool Train(string phase, long steps, Func<Action<TrainingProgress>?, CancellationToken, bool> train)
        {
            if (steps == 0 || TrainingDisplay.Show(Console, [new Granularity(WholeObjective.Name, model.Config.FullWidths.Widest)], steps, progress => train(progress, cancellation), model.Unit))
                return true;
            System.Console.Error.WriteLine($"nestor: stopped {phase}; the same command with --resume goes on.");
            return false;
        }
    }

    /// <summary>The plan for the model as it is.</summary>
    private PruningPlan Plan<TModel>(ChangedModel<TModel> model, CancellationToken cancellation)
        where TModel : class, INestedModel, IPrunable
    {
        using var loaded = model.Load([]);
        var plan = Request.Decide(model, Request.Importance.Measure(loaded, model.Calibration, GroupKind.FeedForwardNeuron, cancellation));
        return WithHeads(plan, model.Heads is null ? [] : new Taylor().Measure(loaded, model.Calibration, GroupKind.AttentionHead, cancellation), model.Heads);
    }

    private static PruningPlan WithHeads(PruningPlan plan, IReadOnlyList<UnitScores> heads, int? kept) =>
        plan with { Blocks = [.. plan.Blocks, .. heads.Select(block => PrunedBlock.Of(block, kept!.Value))] };

    private void Show<TModel>(ChangedModel<TModel> model, PruningPlan plan, List<(string When, double Loss)>? losses)
        where TModel : class, INestedModel, IPrunable
    {
        var (parameters, all, size) = (model.Parameters(plan.Widths), model.AllParameters, model.Type.Size);
        if (!Json)
        {
            Console.Write(PruningTable.Of(plan, model.Type));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{WidthPlanText.Print(plan.Widths, [])}: {parameters:N0} of {all:N0} parameters ({100.0 * parameters / all:F1}%), {size * parameters / 1e6:F2} of {size * all / 1e6:F2} MB as {model.Type}"));
            return;
        }

        System.Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                plan = WidthPlanText.Print(plan.Widths, []),
                parameters,
                whole_parameters = all,
                bytes = size * parameters,
                importance = ImportanceText.Print(Request.Importance),
                blocks = plan.Blocks.Select(block => new { name = block.Name, kept = block.Kept, total = block.Total, last_kept = block.LastKept, first_removed = block.FirstRemoved, parameters = block.Parameters, bytes = size * block.Parameters }),
                losses = losses?.ToDictionary(loss => loss.When, loss => loss.Loss),
                written = Output,
            },
            JsonFormat));
    }
}
