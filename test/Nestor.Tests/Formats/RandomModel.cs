using System.Runtime.InteropServices;
using Nestor.Formats;
using Nestor.Models;

namespace Nestor.Tests.Formats;

/// <summary>Model folders with random weights.</summary>
internal static class RandomModel
{
    /// <summary>A shape with every size different from the others, so that a mix-up of dimensions shows.</summary>
    public static ModelConfig Config(FeedForwardKind kind = FeedForwardKind.SwiGlu, bool tied = true, params ReadOnlySpan<int> widths) => new()
    {
        VocabularySize = 19,
        HiddenSize = 12,
        FullWidths = widths.IsEmpty ? WidthPlan.Uniform(16, 3) : new WidthPlan(widths),
        Heads = 4,
        KeyValueHeads = 2,
        HeadSize = 6,
        FeedForward = kind,
        ContextLength = 32,
        TieEmbeddings = tied,
        BeginToken = 1,
        EndToken = 2,
        Granularities = widths.IsEmpty ? Granularity.Paper(16) : [],
    };

    /// <summary>Writes a model with random weights.</summary>
    public static void Write(string folder, ModelConfig config, TensorType type = TensorType.F32, int seed = 1) =>
        Checkpoint.Write(folder, config, Tensors(config, type, seed));

    /// <summary>The tensors of a model with random finite values.</summary>
    public static IReadOnlyList<TensorSource> Tensors(ModelConfig config, TensorType type = TensorType.F32, int seed = 1)
    {
        var random = new Random(seed);
        return [.. TensorNames.All(config).Select(tensor =>
        {
            var bytes = RandomBytes(tensor.Shape.Aggregate(1L, (a, b) => a * b), type, random);
            return new TensorSource(tensor.Name, type, tensor.Shape, stream => stream.Write(bytes));
        })];
    }

    private static byte[] RandomBytes(long count, TensorType type, Random random)
    {
        byte[] Make<T>(Func<double, T> convert)
            where T : unmanaged
        {
            var values = new T[count];
            for (var i = 0; i < values.Length; i++)
                values[i] = convert((random.NextDouble() - 0.5) * 0.2);
            return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        }

        return type switch
        {
            TensorType.F64 => Make(x => x),
            TensorType.F32 => Make(x => (float)x),
            TensorType.F16 => Make(x => (Half)x),
            TensorType.BF16 => Make(x => (ushort)(BitConverter.SingleToUInt32Bits((float)x) >> 16)),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
    }
}
