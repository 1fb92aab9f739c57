namespace Nestor.MixNMatch;

/// <summary>What a budget limits.</summary>
public enum BudgetUnit
{
    /// <summary>Parameters, embeddings included, in percent of the whole model's.</summary>
    Share,

    /// <summary>Parameters, embeddings included.</summary>
    Parameters,

    /// <summary>Bytes of the weights; see <see cref="WeightBytes"/>.</summary>
    Bytes,

    /// <summary>Milliseconds of one decoded token, by a <see cref="CostTable"/>.</summary>
    Milliseconds,
}
