using Nestor.Cli.Reports;
using Nestor.Cli.Terminal;
using Nestor.Formats;
using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Inference.Weights;
using Nestor.MixNMatch;
using Nestor.Models;
using Nestor.Training.Evaluation;

namespace Nestor.Cli.Commands;

/// <summary>What is asked of <c>nestor plan</c>.</summary>
internal sealed record PlanRequest
{
    public required Budget Budget { get; init; }

    public required SelectionRule Rule { get; init; }

    /// <summary>Type of the weights; that of the cost table or of the folder if not given.</summary>
    public required WeightType? Type { get; init; }

    /// <summary>File of a cost table; the model's own if not given.</summary>
    public required string? Costs { get; init; }

    /// <summary>The text to measure on; the SDK's documentation if not given.</summary>
    public required string? Text { get; init; }

    /// <summary>About how many tokens of it.</summary>
    public required long Tokens { get; init; }

    public required int Threads { get; init; }

    /// <summary>Plans that an evolution may measure; as many as the measured rule if not given.</summary>
    public required int? Evaluations { get; init; }

    public required ulong Seed { get; init; }

    private bool InMilliseconds => Budget.Unit == BudgetUnit.Milliseconds;

    /// <summary>Finds the plan.</summary>
    public FoundPlan Find(Checkpoint checkpoint, CancellationToken cancellation)
    {
        var table = OpenTable(checkpoint);
        var type = Type ?? (InMilliseconds ? table?.Type : null) ?? checkpoint.Packing?.Type ?? DecoderWeights.StoredType(checkpoint);
        table = Fitting(table, checkpoint, type);
        var limit = PlanLimit.Of(checkpoint.Config, Budget, type, table);
        var most = PlanSelection.EvaluationBudget(limit.Choices);
        var evolution = new EvolutionOptions { Evaluations = Evaluations ?? most - 1, Seed = Seed };
        evolution.Validate();

        var text = EvaluationText.Of(TextSources.Open(Text), checkpoint.Tokenizer);
        var decoder = Decoder.Load(checkpoint, new DecoderOptions { Threads = Threads, Weights = type });
        var loss = new DecoderLoss(decoder, text.Tokens.ToArray(), maxTokens: Tokens);
        var progress = new EvaluationProgress(Rule == SelectionRule.Evolution ? evolution.Evaluations + 1 : most);
        return new FoundPlan
        {
            Config = checkpoint.Config,
            Budget = Budget,
            Type = type,
            Table = table,
            Selection = PlanSelection.Select(Rule, limit, new PlanLosses(progress.Watch(plan => loss.Measure(plan, cancellation))), evolution),
            Tokens = loss.Predictions,
        };
    }

    /// <summary>The table that is given, or the model's own; a budget in milliseconds warns where it was measured elsewhere.</summary>
    private CostTable? OpenTable(Checkpoint checkpoint)
    {
        var own = Path.Combine(checkpoint.Folder, ProfileCommand.StandardFile);
        var path = Costs ?? (File.Exists(own) ? own : null);
        var table = path is null ? null : CostTable.Read(path);
        if (InMilliseconds && table is not null && table.Machine != MachineDescription.Text)
            Console.Error.WriteLine($"nestor: the cost table was measured on another machine or runtime ({Quoted.OneLine(table.Machine)}); run nestor profile for this one.");
        return table;
    }

    /// <summary>The table if it is of this model and type; one that is not needed is left out where it is not.</summary>
    private CostTable? Fitting(CostTable? table, Checkpoint checkpoint, WeightType type)
    {
        if (!InMilliseconds && Costs is null && table is not null && (table.Type != type || table.Model != checkpoint.Fingerprint))
            return null;
        table?.ThrowIfNotOf(checkpoint, type);
        return table;
    }
}
