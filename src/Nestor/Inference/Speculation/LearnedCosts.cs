namespace Nestor.Inference.Speculation;

/// <summary>What reading costs each model at each plan, as texts learn it one after the other: a text begins with what those before it knew.</summary>
/// <remarks>Texts may run at the same time.</remarks>
internal sealed class LearnedCosts
{
    // Plans come with requests; beyond this many all are learned anew.
    private const int MostModels = 64;

    private readonly Dictionary<DecoderAtPlan, ReadingCost> costs = [];

    /// <summary>The costs of a model, for a text that begins.</summary>
    public ReadingCost Of(DecoderAtPlan model)
    {
        lock (costs)
        {
            if (!costs.TryGetValue(model, out var cost))
            {
                if (costs.Count == MostModels)
                    costs.Clear();
                cost = costs[model] = ReadingCost.Measured(SpeculationOptions.MostDraftTokens + 2);
            }

            cost.ForgetRare();
            return cost;
        }
    }
}
