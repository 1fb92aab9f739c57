using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Pruning;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Pruning;

/// <summary>Small models and batches to prune.</summary>
internal static class PruningFixture
{
    public static MatLm Language(FeedForwardKind kind = FeedForwardKind.SwiGlu, int keyValueHeads = 2, ulong seed = 3, bool nested = false)
    {
        var model = MatLm.Create(Shapes.Small with { FeedForward = kind, KeyValueHeads = keyValueHeads, Granularities = nested ? Shapes.Small.Granularities : [] }, seed);
        using var quiet = no_grad();
        foreach (var parameter in model.Parameters.Where(parameter => parameter.Weight.dim() > 1))
            parameter.Weight.mul_(8);                                                                   // Initial weights of 0.02 let every neuron say almost nothing.
        return model;
    }

    public static RandomTokens Tokens { get; } = new();

    public static Calibration Calibration { get; } = new(Tokens, Batches: 4);

    public static IReadOnlyList<UnitScores> Scores(MatLm model, Importance importance) => importance.Measure(model, Calibration);
}

/// <summary>Batches of tokens that are functions of the step.</summary>
internal sealed class RandomTokens : IBatchSource
{
    public string Source => "random tokens";

    public string ContentHash => "random";

    public TrainingBatch Batch(long step, int part, Device device)
    {
        using var random = new Generator((ulong)(1000 * step + part + 1), CPU);
        var windows = randint(0, Shapes.Small.VocabularySize, [4, 13], dtype: ScalarType.Int64, generator: random);
        return new TrainingBatch(windows.narrow(1, 0, 12), windows.narrow(1, 1, 12));
    }
}
