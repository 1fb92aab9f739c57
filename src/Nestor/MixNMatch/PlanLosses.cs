using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>Losses of plans on one text. Each plan is measured once, and what was measured is counted.</summary>
/// <param name="measure">Measures a plan: mean nats per token.</param>
public sealed class PlanLosses(Func<WidthPlan, double> measure)
{
    private readonly Dictionary<WidthPlan, double> known = [];
    private readonly List<WidthPlan> order = [];

    /// <summary>Plans that were measured.</summary>
    public int Evaluations => order.Count;

    /// <summary>Plans that were measured, in their order.</summary>
    public IReadOnlyList<WidthPlan> Plans => order;

    /// <summary>The loss of a plan in nats per token; measured where it is not known yet.</summary>
    /// <exception cref="NestorException">The loss is not a number: the model is damaged, or its type does not hold it.</exception>
    public double Of(WidthPlan plan)
    {
        if (Known(plan) is { } loss)
            return loss;
        loss = measure(plan);
        if (!double.IsFinite(loss))
            throw new NestorException($"The loss at the plan {plan} is {loss}; the model is damaged, or its weight type cannot hold it.");
        known.Add(plan, loss);
        order.Add(plan);
        return loss;
    }

    /// <summary>The loss of a plan if it was measured.</summary>
    public double? Known(WidthPlan plan) => known.TryGetValue(plan, out var loss) ? loss : null;
}
