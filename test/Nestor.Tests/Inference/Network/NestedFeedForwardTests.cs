using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Kernels;
using Nestor.Inference.Network;
using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.Tests.Inference.Network;

/// <summary>The laws of nested feed-forward blocks (MatFormer §3.1) for the block alone.</summary>
public sealed unsafe class NestedFeedForwardTests
{
    private const int Hidden = 21, Full = 90;

    private static readonly Gen<(FeedForwardKind Kind, int Narrow, int Wide)> Cases =
        Gen.Select(Gen.Enum<FeedForwardKind>(), Gen.Int[1, Full], Gen.Int[1, Full]).Select((kind, a, b) => (kind, Math.Min(a, b), Math.Max(a, b)));

    [Fact]
    public void Slicing_equals_masking_bit_for_bit() =>
        Cases.Sample((kind, width, _) =>
        {
            var masked = new Block(kind);
            masked.Up.AsSpan(width * Hidden).Clear();
            masked.Gate.AsSpan(width * Hidden).Clear();
            Assert.Equal(masked.Run(Full, Full), new Block(kind).Run(width, width));
        }, iter: 50);

    [Fact]
    public void The_difference_of_two_widths_is_the_band_between_them() =>
        Cases.Sample((kind, narrow, wide) =>
        {
            if (narrow == wide)
                return;
            var block = new Block(kind);
            float[] small = block.Run(narrow)[0], large = block.Run(wide)[0], band = block.From(narrow).Run(wide - narrow)[0];
            for (var i = 0; i < band.Length; i++)
                Assert.Equal(large[i] - small[i], band[i], 1e-5);
        }, iter: 50);

    [Fact]
    public void Rows_of_different_widths_get_what_each_gets_alone_bit_for_bit() =>
        Gen.Select(Gen.Enum<FeedForwardKind>(), Gen.Int[1, Full].Array[1, 9]).Sample((kind, widths) =>
        {
            var block = new Block(kind);
            var together = block.Run(widths);
            for (var row = 0; row < widths.Length; row++)
                Assert.Equal(block.Run([.. Enumerable.Repeat(widths[row], row + 1)])[row], together[row]);
        }, iter: 50);

    /// <summary>Whole blocks of 64 neurons beyond the width, which is what a narrow plan must not read.</summary>
    [Fact]
    public void Neurons_outside_the_width_are_never_used()
    {
        foreach (var kind in Enum.GetValues<FeedForwardKind>())
        {
            var poisoned = new Block(kind);
            poisoned.Up.AsSpan(64 * Hidden).Fill(float.NaN);
            poisoned.Gate.AsSpan(64 * Hidden).Fill(float.NaN);
            for (var row = 0; row < Hidden; row++)
                poisoned.Down.AsSpan(row * Full + 64, Full - 64).Fill(float.NaN);
            Assert.Equal(new Block(kind).Run(64, 33), poisoned.Run(64, 33));
        }
    }

    private sealed class Block(FeedForwardKind kind)
    {
        private static readonly ModelConfig Config = RandomModel.Small with { HiddenSize = Hidden, FullWidths = new WidthPlan(Full), Granularities = [] };

        public float[] Gate { get; private init; } = Values(Full * Hidden, seed: 1);

        public float[] Up { get; private init; } = Values(Full * Hidden, seed: 2);

        public float[] Down { get; private init; } = Values(Hidden * Full, seed: 3);

        /// <summary>The same block without its first neurons; as many meaningless ones take the last places.</summary>
        public Block From(int neuron) => new(kind)
        {
            Gate = Shifted(Gate, neuron * Hidden),
            Up = Shifted(Up, neuron * Hidden),
            Down = Shifted(Down, neuron),
        };

        /// <summary>What the block adds to each of some rows, every one at its width.</summary>
        public float[][] Run(params int[] widths)
        {
            var weights = new LayerWeights
            {
                AttentionNorm = null,
                FeedForwardNorm = null,
                Query = null!,
                Key = null!,
                Value = null!,
                Output = null!,
                Gate = kind == FeedForwardKind.SwiGlu ? Packed.F32(Gate, Full, Hidden, TileOrder.RowsFirst) : null,
                Up = Packed.F32(Up, Full, Hidden, TileOrder.RowsFirst),
                Down = Packed.F32(Down, Hidden, Full, TileOrder.ColumnsFirst),
            };
            var kernel = ProductKernels.Best(WeightType.F32);
            var block = new RowBlock(layers: 1);
            var cache = new KvCache(Config);
            foreach (var width in widths)
                block.Add(cache, new WidthPlan(width), 0, [0], 1, null, 1);
            block.Sort();

            var space = new Workspace(Config, widths.Length, kernel.InputBytes, threads: 1);
            for (var row = 0; row < widths.Length; row++)
                kernel.Prepare(Pinned.Zeroed(Values(Hidden, seed: 4 + row)).Pointer, weights.Up.Tiles, space.Inputs(block.Rank(0, row)));
            var neurons = new PanelItems(weights.Up, PackedMatrix.PanelsOf(widths.Max()), widths.Length, members: 1);
            for (var item = 0; item < neurons.Count; item++)
                NestedFeedForward.Activate(kernel, kind, weights, 0, neurons[item], space.Inputs(0), block, space, space.Member(0));
            var down = new PanelItems(weights.Down, weights.Down.Panels, widths.Length, members: 1);
            for (var item = 0; item < down.Count; item++)
                NestedFeedForward.Project(kernel, weights.Down, 0, down[item], block, space);
            float[][] projected = [.. widths.Select((_, row) => new ReadOnlySpan<float>(space.Projected(block.Rank(0, row)), Hidden).ToArray())];
            GC.KeepAlive(space);
            return projected;
        }

        private static float[] Shifted(float[] values, int by) => [.. values[by..], .. new float[by]];

        private static float[] Values(int count, int seed)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        }
    }
}
