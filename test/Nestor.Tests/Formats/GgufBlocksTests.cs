using CsCheck;
using Nestor.Formats;

namespace Nestor.Tests.Formats;

public sealed class GgufBlocksTests
{
    private static readonly Gen<float[]> Rows = Gen.Select(Gen.Int[1, 4], Gen.Float[-8, 8])
        .SelectMany((blocks, exponent) => Gen.Float[-1, 1].Select(x => x * MathF.Pow(2, exponent)).Array[32 * blocks]);

    [Fact]
    public void A_float_stays_what_it_is() => Rows.Sample(row => Assert.Equal(row, RoundTrip(GgufType.F32, row)), iter: 50);

    [Fact]
    public void A_half_and_a_brain_float_are_the_nearest() => Rows.Sample(
        row =>
        {
            Assert.Equal(row.Select(x => (float)(Half)x), RoundTrip(GgufType.F16, row));
            foreach (var (x, y) in row.Zip(RoundTrip(GgufType.BF16, row)))
            {
                Assert.Equal(0u, BitConverter.SingleToUInt32Bits(y) & 0xFFFF);
                Assert.True(Math.Abs(x - y) <= Math.Abs(x) / 256 + 1e-40f, $"{x} became {y}");
            }
        },
        iter: 50);

    [Fact]
    public void Q8_errs_by_at_most_half_a_step_of_its_block() => Rows.Sample(row => AssertBlocks(row, RoundTrip(GgufType.Q8, row), steps: 127, largestError: 0.5f), iter: 200);

    /// <summary>The value of largest magnitude is exactly -8 steps; one as large on the other side is cut at 7 of 8.</summary>
    [Fact]
    public void Q4_errs_by_at_most_one_step_of_its_block() => Rows.Sample(row => AssertBlocks(row, RoundTrip(GgufType.Q4, row), steps: 8, largestError: 1), iter: 200);

    [Theory]
    [InlineData(GgufType.Q8)]
    [InlineData(GgufType.Q4)]
    public void A_block_of_zeros_stays_zeros(GgufType type) => Assert.Equal(new float[32], RoundTrip(type, new float[32]));

    [Theory]
    [InlineData(GgufType.F16, 1e6f)]
    [InlineData(GgufType.Q8, float.NaN)]
    [InlineData(GgufType.Q8, 1e9f)]
    [InlineData(GgufType.Q4, float.NegativeInfinity)]
    public void What_a_type_cannot_hold_is_refused(GgufType type, float value)
    {
        var row = new float[64];
        row[40] = value;
        row[41] = 1;
        Assert.False(GgufBlocks.Encode(type, row, new byte[64 / type.BlockElements * type.BlockBytes]));
    }

    [Theory]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NaN)]
    public void Floats_that_are_no_numbers_stay_so(float value)
    {
        foreach (var type in (GgufType[])[GgufType.F32, GgufType.F16, GgufType.BF16])
            Assert.Equal(value, RoundTrip(type, [value])[0]);
    }

    private static void AssertBlocks(float[] row, float[] read, int steps, float largestError)
    {
        for (var i = 0; i < row.Length; i++)
        {
            // The scale itself is rounded to a half, 11 bits, and has no more than 24 bits behind the point.
            var largest = row.AsSpan(i / 32 * 32, 32).ToArray().Max(MathF.Abs);
            var bound = largest / steps * largestError + largest / 1024 + steps * 6e-8f;
            Assert.True(Math.Abs(row[i] - read[i]) <= bound, $"{row[i]} became {read[i]} in a block up to {largest}");
        }
    }

    private static float[] RoundTrip(GgufType type, float[] row)
    {
        var bytes = new byte[row.Length / type.BlockElements * type.BlockBytes];
        Assert.True(GgufBlocks.Encode(type, row, bytes));
        return GgufOracle.Values(bytes, type.Number);
    }
}
