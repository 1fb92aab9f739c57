using Nestor.Images;
using Nestor.Models;
using Nestor.Models.Vision;
using Nestor.Training.Optimization;

namespace Nestor.Training.Tests.Vision;

/// <summary>A vision model and images small enough to train in a test.</summary>
internal static class VisionShapes
{
    public static VisionConfig Small { get; } = new()
    {
        ImageSize = 16,
        PatchSize = 4,
        Channels = 1,
        HiddenSize = 32,
        FullWidths = WidthPlan.Uniform(64, 3),
        Heads = 4,
        Classes = 10,
        Mean = [0.25f],
        StandardDeviation = [0.5f],
        Granularities = Granularity.Paper(64),
    };

    public static ImageSet Images { get; } = ShapeImages.Draw(ImageSplit.Train, difficulty: 0.3, new ImageShape(1, 16, 16), count: 200);

    public static TrainingOptions Options { get; } = new()
    {
        Steps = 40,
        BatchSize = 16,
        WindowLength = 1,
        LearningRate = 3e-3,
        WarmUpSteps = 5,
        CheckpointEvery = 0,
    };
}
