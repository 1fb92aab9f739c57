using Nestor.Formats;
using Nestor.Inference;
using Nestor.Inference.Weights;
using Nestor.Models;
using Nestor.Models.Families;

namespace Nestor.Tests.Inference.Weights;

/// <summary>Half-precision folders are packed as they are stored: no tensor is ever held as 32-bit floats.</summary>
public sealed class StoredPrecisionTests
{
    /// <summary>Sizes of whole tiles, so that bytes can be compared.</summary>
    private static readonly ModelConfig Config = RandomModel.Small with
    {
        Family = ModelFamily.Qwen2,
        VocabularySize = 2048,
        HiddenSize = 256,
        FullWidths = WidthPlan.Uniform(1024, 2),
        Heads = 4,
        HeadSize = 64,
        Granularities = [],
    };

    [Theory]
    [InlineData(TensorType.BF16, WeightType.BF16)]
    [InlineData(TensorType.F16, WeightType.F16)]
    public void Loading_takes_the_bytes_of_the_file_and_next_to_nothing_beside_them(TensorType stored, WeightType type)
    {
        using var model = new RandomModel(Config, type: stored);
        DecoderWeights.Load(model.Checkpoint, type: null, threads: 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var weights = DecoderWeights.Load(model.Checkpoint, type: null, threads: 1);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(new WeightPacking(type, type), weights.Packing);
        var packed = PackedTensor.All(Config, weights.Packing).ToList();
        Assert.Equal(packed.Sum(matrix => model.Checkpoint.Tensors.Get(matrix.Name).ByteCount), packed.Sum(matrix => matrix.ByteCount));
        Assert.InRange(packed.Sum(matrix => matrix.ByteCount), 4 << 20, 8 << 20);
        Assert.InRange(allocated, 0, 128 << 10);
        GC.KeepAlive(weights);
    }
}
