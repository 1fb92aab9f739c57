namespace Nestor.Training.Nested;

/// <summary>A model whose layers each hold a nested feed-forward block, so that what its neurons say can be watched.</summary>
public interface IFeedForwardStack
{
    /// <summary>The feed-forward block of each layer, first layer first.</summary>
    IReadOnlyList<NestedFeedForward> FeedForwards { get; }
}
