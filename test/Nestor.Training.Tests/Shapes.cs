using Nestor.Models;

namespace Nestor.Training.Tests;

/// <summary>Shapes small enough to train in a test.</summary>
internal static class Shapes
{
    public static ModelConfig Small { get; } = new()
    {
        VocabularySize = 61,
        HiddenSize = 32,
        FullWidths = WidthPlan.Uniform(64, 3),
        Heads = 4,
        KeyValueHeads = 2,
        HeadSize = 8,
        ContextLength = 48,
        Granularities = Granularity.Paper(64),
    };
}
