using System.Runtime.InteropServices;
using Nestor.Formats;
using Nestor.Models.Vision;

namespace Nestor.Bench;

/// <summary>Vision models of random weights and random pictures: what speed needs. The same seed gives the same ones.</summary>
internal static class RandomVision
{
    /// <summary>Writes a model whose activations stay of one size from layer to layer.</summary>
    public static void Write(string folder, VisionConfig config)
    {
        var random = new Random(1);
        VisionCheckpoint.Write(folder, config, [.. VisionTensorNames.All(config).Select(tensor =>
        {
            var count = tensor.Shape.Aggregate(1L, (product, size) => product * size);
            var isNorm = tensor.Name.Contains("layernorm", StringComparison.Ordinal) && tensor.Name.EndsWith(".weight", StringComparison.Ordinal);
            var scale = tensor.Shape.Length == 1 ? 0.02 : 1 / Math.Sqrt(count / (double)tensor.Shape[0]);
            return new TensorSource(tensor.Name, TensorType.F32, tensor.Shape, stream =>
            {
                var values = new float[count];
                foreach (ref var value in values.AsSpan())
                    value = (float)((isNorm ? 1 : 0) + 2 * scale * (random.NextDouble() - 0.5));
                stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
            });
        })]);
    }

    /// <summary>Normalised pictures, (count, channels, height, width).</summary>
    public static float[] Images(VisionConfig config, int count)
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, count * config.ImageLength).Select(_ => 2 * random.NextSingle() - 1)];
    }
}
