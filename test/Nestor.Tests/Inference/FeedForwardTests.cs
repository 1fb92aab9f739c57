using CsCheck;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Tests.Inference;

/// <summary>The laws of nested feed-forward blocks (MatFormer §3.1) for the block alone.</summary>
public sealed unsafe class FeedForwardTests
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
            Assert.Equal(masked.Run(Full), new Block(kind).Run(width));
        });

    [Fact]
    public void The_difference_of_two_widths_is_the_band_between_them() =>
        Cases.Sample((kind, narrow, wide) =>
        {
            if (narrow == wide)
                return;
            var block = new Block(kind);
            float[] small = block.Run(narrow), large = block.Run(wide), band = block.From(narrow).Run(wide - narrow);
            for (var i = 0; i < band.Length; i++)
                Assert.Equal(large[i] - small[i], band[i], 1e-5);
        });

    [Fact]
    public void Neurons_outside_the_width_are_never_used() =>
        Cases.Sample((kind, width, _) =>
        {
            var poisoned = new Block(kind);
            poisoned.Up.AsSpan(width * Hidden).Fill(float.NaN);
            poisoned.Gate.AsSpan(width * Hidden).Fill(float.NaN);
            for (var row = 0; row < Hidden; row++)
                poisoned.Down.AsSpan(row * Full + width, Full - width).Fill(float.NaN);
            Assert.Equal(new Block(kind).Run(width), poisoned.Run(width));
        });

    private sealed class Block(FeedForwardKind kind)
    {
        private const int Tokens = 3;

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

        public float[] Run(int width)
        {
            Matrix View(float[] values, int rows, int columns) => new(Pinned.Copy(values).Pointer, rows, columns, columns);
            var scratch = new float[Tokens * Full];
            var output = Pinned.Copy(new float[Tokens * Hidden]);
            FeedForward.Apply(
                kind, View(Gate, Full, Hidden), View(Up, Full, Hidden), View(Down, Hidden, Full), width,
                Pinned.Copy(Values(Tokens * Hidden, seed: 4)).Pointer, Tokens,
                Pinned.Copy(scratch).Pointer, Pinned.Copy(scratch).Pointer, output.Pointer, new WorkSplit(1));
            return Pinned.Take(output, Tokens * Hidden);
        }

        private static float[] Shifted(float[] values, int by) => [.. values[by..], .. new float[by]];

        private static float[] Values(int count, int seed)
        {
            var random = new Random(seed);
            return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
        }
    }
}
