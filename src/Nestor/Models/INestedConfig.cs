namespace Nestor.Models;

/// <summary>The shape of a model with nested feed-forward blocks, as far as width plans are concerned: what it reads, words or pictures, is another matter.</summary>
public interface INestedConfig
{
    /// <summary>Feed-forward neurons stored in each layer, d_ff; all equal except in a mixed slice. Its length is the number of layers.</summary>
    WidthPlan FullWidths { get; }

    /// <summary>The widths the model was trained at, narrowest first; empty for a model that was not trained nested.</summary>
    IReadOnlyList<Granularity> Granularities { get; }
}
