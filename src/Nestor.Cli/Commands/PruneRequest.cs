using System.Globalization;
using Nestor.Formats;
using Nestor.MixNMatch;
using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Pruning;

namespace Nestor.Cli.Commands;

/// <summary>What is asked of <c>nestor prune</c>: how many neurons shall stay, and which.</summary>
internal sealed record PruneRequest
{
    /// <summary>The most the pruned model may cost.</summary>
    public Budget? Budget { get; init; }

    /// <summary>The widths themselves, as text.</summary>
    public string? Plan { get; init; }

    /// <summary>Whether the widths are where the scores of each layer have their largest gap.</summary>
    public bool Find { get; init; }

    /// <summary>What widths are rounded up to.</summary>
    public required int Multiple { get; init; }

    /// <summary>What decides which neurons stay.</summary>
    public required Importance Importance { get; init; }

    /// <summary>Whether scores of different layers are compared as they are: norms after a penalty.</summary>
    public required bool AreComparable { get; init; }

    /// <summary>Checks the request against the model before any work.</summary>
    /// <exception cref="NestorException">The budget is below the smallest model or above the whole one, or the plan does not fit.</exception>
    public void Check<TModel>(ChangedModel<TModel> model)
        where TModel : class, INestedModel, IPrunable
    {
        if (Multiple < 1)
            throw new NestorException($"Widths cannot be rounded to a multiple of {Multiple}; give --multiple 1 or more.");
        if (Plan is not null)
            WidthPlanText.Parse(Plan, model.Config);
        if (Budget is not { } budget)
            return;
        var most = Most(budget, model);
        WidthPlan narrowest = new([.. model.Config.FullWidths.AsSpan().ToArray().Select(width => Math.Min(Multiple, width))]);
        var (least, whole) = (model.Parameters(narrowest), model.AllParameters);
        if (most > whole)
            throw new NestorException($"The budget {budget} is above the whole model, which has {Text(whole)} parameters; ask for less.");
        if (most < least)
            throw new NestorException(string.Create(CultureInfo.InvariantCulture, $"The budget {budget} is below the smallest model that keeps {Multiple} neurons in each layer: {least:N0} parameters, {100m * least / whole:F1}% of {whole:N0}. Ask for more{(Multiple > 1 ? ", or lower --multiple" : "")}."));
    }

    /// <summary>Finds the widths.</summary>
    /// <param name="model">The model, which was checked.</param>
    /// <param name="scores">Scores of its neurons.</param>
    public PruningPlan Decide<TModel>(ChangedModel<TModel> model, IReadOnlyList<UnitScores> scores)
        where TModel : class, INestedModel, IPrunable
    {
        var widths = this switch
        {
            { Plan: { } text } => WidthPlanText.Parse(text, model.Config),
            { Budget: { } budget } => new WidthFrontier(scores, Multiple, AreComparable).Within(plan => model.Parameters(plan), Most(budget, model))!,
            _ => Found(scores),
        };
        return PruningPlan.Of(widths, scores);
    }

    /// <summary>Each layer at its largest gap; whole where there is none.</summary>
    private WidthPlan Found(IReadOnlyList<UnitScores> scores) =>
        new([.. scores.Select(block => new GapThreshold().Find(block.Values)).Select(found => Math.Min(Math.Max(1, (found.Kept + Multiple - 1) / Multiple) * Multiple, found.Total))]);

    /// <summary>The most parameters that a budget allows.</summary>
    private static decimal Most<TModel>(Budget budget, ChangedModel<TModel> model)
        where TModel : class, INestedModel, IPrunable
    {
        return budget.Unit switch
        {
            BudgetUnit.Share => budget.Amount / 100 * model.AllParameters,
            BudgetUnit.Parameters => budget.Amount,
            BudgetUnit.Bytes => budget.Amount / model.Type.Size,
            _ => throw new NestorException($"The budget {budget} is a time; give a share such as 60%, parameters such as 30M or bytes such as 100MB."),
        };
    }

    private static string Text(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
