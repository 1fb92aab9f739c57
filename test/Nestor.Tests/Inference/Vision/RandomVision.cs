using Nestor.Formats;
using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Tests.Inference.Vision;

/// <summary>A vision model's folder of random weights in a temporary place, open for the test and deleted after it.</summary>
internal sealed class RandomVision : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("nestor-random-vision-").FullName;

    /// <summary>Widths, heads and vector sizes are deliberately no multiples of a vector.</summary>
    public static readonly VisionConfig Small = new()
    {
        ImageSize = 15,
        PatchSize = 5,
        Channels = 2,
        HiddenSize = 40,
        FullWidths = WidthPlan.Uniform(88, 3),
        Heads = 4,
        Classes = 11,
        Mean = [0.4f, 0.5f],
        StandardDeviation = [0.25f, 0.5f],
        Granularities = Granularity.Paper(88),
    };

    /// <summary>Heads of whole vectors, more rows than attention holds at once.</summary>
    public static readonly VisionConfig Fine = Small with { ImageSize = 22, PatchSize = 2, HiddenSize = 32, Heads = 2 };

    public RandomVision(VisionConfig config, int seed = 1, TensorType type = TensorType.F32)
    {
        var random = new Random(seed);
        VisionCheckpoint.Write(folder, config, [.. VisionTensorNames.All(config).Select(tensor => Source(tensor.Name, [.. tensor.Shape], random, type))]);
        Checkpoint = VisionCheckpoint.Open(folder);
    }

    public VisionCheckpoint Checkpoint { get; }

    public VisionConfig Config => Checkpoint.Config;

    public static float[] Images(VisionConfig config, int count, int seed = 3)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count * config.ImageLength).Select(_ => (float)(2 * random.NextDouble() - 1))];
    }

    public void Dispose()
    {
        Checkpoint.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    // Norms near 1, matrices of unit gain, so that activations stay of order 1 through the layers.
    private static TensorSource Source(string name, long[] shape, Random random, TensorType type)
    {
        var count = shape.Aggregate(1L, (a, b) => a * b);
        var isNorm = name.Contains("layernorm", StringComparison.Ordinal) && name.EndsWith(".weight", StringComparison.Ordinal);
        var scale = shape.Length is 2 or 4 ? 1.7 / Math.Sqrt((double)count / shape[0]) : 0.2;
        var values = new float[count];
        foreach (ref var value in values.AsSpan())
            value = (float)((isNorm ? 1 : 0) + scale * (2 * random.NextDouble() - 1));
        return type switch
        {
            TensorType.F32 => TensorSource.Of(name, values, shape),
            TensorType.BF16 => new TensorSource(name, type, [.. shape], stream =>
            {
                foreach (var value in values)
                    stream.Write(BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)));
            }),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
    }
}
