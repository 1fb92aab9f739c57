using System.Globalization;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>What plans of a model may cost under a budget.</summary>
public sealed class PlanLimit
{
    // Ranges in milliseconds are told with so many decimals.
    private const int TimeDecimals = 6;

    /// <summary>Limits costs.</summary>
    /// <param name="costs">What plans cost.</param>
    /// <param name="most">The most a plan may cost, in the same unit.</param>
    /// <exception cref="ArgumentOutOfRangeException">No plan is that cheap.</exception>
    public PlanLimit(LayerSum costs, double most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, costs.Least);
        (Costs, Most) = (costs, most);
    }

    /// <summary>What plans cost.</summary>
    public LayerSum Costs { get; }

    /// <summary>The most a plan may cost.</summary>
    public double Most { get; }

    /// <summary>The widths of each layer.</summary>
    public WidthChoices Choices => Costs.Choices;

    /// <summary>Turns a budget into a limit.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="budget">The budget.</param>
    /// <param name="type">Type of the weights, for bytes.</param>
    /// <param name="table">Measured times of the layers, for milliseconds.</param>
    /// <exception cref="NestorException">The budget is below the smallest slice or above the whole model, or it needs a table that is not given.</exception>
    public static PlanLimit Of(ModelConfig config, Budget budget, WeightType type, CostTable? table)
    {
        var choices = new WidthChoices(config);
        var costs = budget.Unit switch
        {
            BudgetUnit.Share or BudgetUnit.Parameters => LayerSum.Of(choices, plan => ParameterCount.Of(config, plan).Total),
            BudgetUnit.Bytes => LayerSum.Of(choices, plan => WeightBytes.Of(config, plan, type)),
            _ => table?.Costs(choices) ?? throw new NestorException($"The budget {budget} needs measured times; run nestor profile on this machine first and give its file with --costs."),
        };
        var (least, most) = ((decimal)costs.Least, (decimal)costs.Most);
        if (budget.Unit == BudgetUnit.Milliseconds)
            (least, most) = (Up(least, TimeDecimals), Up(most, TimeDecimals));
        var limit = budget.Unit == BudgetUnit.Share ? budget.Amount / 100 * most : budget.Amount;
        if ((double)limit < costs.Least || limit > most)
        {
            var range = budget.Unit == BudgetUnit.Share
                ? string.Create(CultureInfo.InvariantCulture, $"{Up(100 * least / most, 2)}% to 100%")
                : $"{new Budget(least, budget.Unit)} to {new Budget(most, budget.Unit)}";
            throw new NestorException($"The budget {budget} is {(limit > most ? "above the whole model" : "below its smallest slice")}; plans of this model take {range}.");
        }

        return new PlanLimit(costs, (double)limit);
    }

    private static decimal Up(decimal value, int decimals)
    {
        var factor = (decimal)Math.Pow(10, decimals);
        return Math.Ceiling(value * factor) / factor;
    }
}
