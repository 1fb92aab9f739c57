using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Kernels;

public sealed class TileFormatTests
{
    private static readonly Gen<int> Seeds = Gen.Int[0, 1_000_000];

    [Theory]
    [InlineData(WeightType.F32, 0xFFFFFFFF)]
    [InlineData(WeightType.BF16, 0xFFFF0000)]
    [InlineData(WeightType.F16, 0xFFFFE000)]
    public void A_float_that_the_type_has_survives_packing(WeightType type, uint bits) =>
        Seeds.Sample(seed =>
        {
            var block = Block.Random(seed).Select(weight => Keep(weight, bits)).ToArray();
            block[5] = float.NegativeInfinity;
            block[77] = -0f;
            block[78] = type == WeightType.F16 ? 1.5f * MathF.Pow(2, -23) : Keep(1e-39f, bits); // subnormal
            Assert.Equal(block.Select(BitConverter.SingleToUInt32Bits), Block.Unpack(type, Block.Pack(type, block)).Select(BitConverter.SingleToUInt32Bits));
        }, iter: 20);

    [Theory]
    [InlineData(WeightType.BF16, 8, -126)]
    [InlineData(WeightType.F16, 11, -14)]
    public void Other_floats_are_rounded_to_the_nearest(WeightType type, int significandBits, int smallestExponent) =>
        Seeds.Sample(seed =>
        {
            var block = Block.Random(seed);
            var rounded = Block.Unpack(type, Block.Pack(type, block));
            for (var i = 0; i < Block.Size; i++)
            {
                var exponent = block[i] == 0 ? smallestExponent : Math.Max(smallestExponent, Math.ILogB(block[i]));
                Assert.True(Math.Abs((double)block[i] - rounded[i]) <= Math.ScaleB(0.5, exponent + 1 - significandBits), $"{block[i]} became {rounded[i]}.");
            }
        }, iter: 20);

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.BF16)]
    [InlineData(WeightType.F16)]
    public void A_weight_that_is_not_a_number_stays_so(WeightType type)
    {
        var block = Block.Random(1);
        block[100] = float.NaN;
        Assert.True(float.IsNaN(Block.Unpack(type, Block.Pack(type, block))[100]));
    }

    [Theory]
    [InlineData(WeightType.F16, 65520f)]
    [InlineData(WeightType.BF16, float.MaxValue)]
    public void A_weight_too_large_for_the_type_is_refused(WeightType type, float weight)
    {
        var block = new float[Block.Size];
        block[7] = weight;
        Assert.Contains("too large", Assert.Throws<NestorException>(() => Block.Pack(type, block)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Eight_bits_miss_a_weight_by_half_a_scale_and_the_scale_is_the_largest_weight_over_127() =>
        Seeds.Sample(seed =>
        {
            var block = Block.Random(seed);
            var tile = Block.Pack(WeightType.Q8, block);
            var unpacked = Block.Unpack(WeightType.Q8, tile);
            for (var row = 0; row < Tile.Rows; row++)
            {
                var weights = block.AsSpan(row * Tile.Columns, Tile.Columns).ToArray();
                var scale = Math.Abs(weights.Max(Math.Abs)) / 127.0 * (1 + 1.0 / 128); // rounded up to 8 bits
                for (var column = 0; column < Tile.Columns; column++)
                    Assert.InRange(unpacked[row * Tile.Columns + column] - (double)weights[column], -scale / 2, scale / 2);
            }
        }, iter: 20);

    /// <summary>A weight as large as the extreme one, of the other sign, would be 8 scales and becomes 7; the scale is within a 128th of an 8th of the extreme.</summary>
    [Fact]
    public void Four_bits_miss_a_weight_by_half_a_scale_or_at_the_other_end_by_a_scale() =>
        Seeds.Sample(seed =>
        {
            var block = Block.Random(seed);
            var unpacked = Block.Unpack(WeightType.Q4, Block.Pack(WeightType.Q4, block));
            for (var row = 0; row < Tile.Rows; row++)
            {
                var weights = block.AsSpan(row * Tile.Columns, Tile.Columns).ToArray();
                var extreme = weights.MaxBy(Math.Abs);
                var scale = Math.Abs(extreme) / 8.0 * (1 + 1.0 / 64);
                for (var column = 0; column < Tile.Columns; column++)
                {
                    var error = Math.Abs(unpacked[row * Tile.Columns + column] - (double)weights[column]);
                    var opposite = weights[column] * Math.Sign(extreme) < -7 * scale;
                    Assert.InRange(error, 0, opposite ? 1.15 * scale : scale * 0.57);
                }
            }
        }, iter: 20);

    [Fact]
    public void Four_bits_packed_again_change_nothing_more() =>
        Seeds.Sample(seed =>
        {
            var once = Block.Unpack(WeightType.Q4, Block.Pack(WeightType.Q4, Block.Random(seed)));
            Assert.Equal(once, Block.Unpack(WeightType.Q4, Block.Pack(WeightType.Q4, once)));
        }, iter: 20);

    [Theory]
    [InlineData(WeightType.Q8)]
    [InlineData(WeightType.Q4)]
    public void The_smallest_floats_quantise_to_themselves_or_almost_nothing(WeightType type)
    {
        var block = new float[Block.Size];
        for (var i = 0; i < Block.Size; i++)
            block[i] = float.Epsilon * (i % 300) * (i % 2 == 0 ? 1 : -1);
        var unpacked = Block.Unpack(type, Block.Pack(type, block));
        for (var i = 0; i < Block.Size; i++)
            Assert.InRange(unpacked[i] - (double)block[i], -1e-40, 1e-40);
    }

    [Theory]
    [InlineData(WeightType.Q8, float.NaN)]
    [InlineData(WeightType.Q8, float.NegativeInfinity)]
    [InlineData(WeightType.Q4, float.NaN)]
    [InlineData(WeightType.Q4, float.PositiveInfinity)]
    public void Quantising_refuses_a_weight_that_is_not_finite(WeightType type, float weight)
    {
        var block = Block.Random(2);
        block[Block.Size - 1] = weight;
        Assert.Contains("only finite weights", Assert.Throws<NestorException>(() => Block.Pack(type, block)).Message, StringComparison.Ordinal);
    }

    private static float Keep(float weight, uint bits)
    {
        // F16 has fewer exponents: a weight below 2^-14 keeps a bit less for each halving, so it is taken away altogether.
        if (bits == 0xFFFFE000 && Math.Abs(weight) < MathF.Pow(2, -14))
            return 0;
        return BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(weight) & bits);
    }
}
