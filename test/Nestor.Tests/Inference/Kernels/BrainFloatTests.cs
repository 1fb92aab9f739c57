using CsCheck;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Kernels;

public sealed unsafe class BrainFloatTests
{
    [Theory]
    [InlineData(0x3F80_0000u, 0x3F80)]
    [InlineData(0x3F80_8000u, 0x3F80)] // ties to even
    [InlineData(0x3F81_8000u, 0x3F82)]
    [InlineData(0x3F80_8001u, 0x3F81)]
    [InlineData(0x8000_0001u, 0x8000)]
    [InlineData(0x7F7F_FFFFu, 0x7F80)] // beyond the largest
    [InlineData(0xFF80_0000u, 0xFF80)]
    public void A_float_becomes_the_nearest_one(uint bits, int code) => Assert.Equal(code, BrainFloat.Round(BitConverter.UInt32BitsToSingle(bits)));

    [Fact]
    public void What_is_not_a_number_stays_so() =>
        Gen.UInt[1, 0x7F_FFFF].Sample(fraction => Assert.True(float.IsNaN(BrainFloat.Value(BrainFloat.Round(BitConverter.UInt32BitsToSingle(0x7F80_0000 | fraction))))));

    [Fact]
    public void Vectors_round_as_single_floats_do() =>
        Gen.UInt.Select(BitConverter.UInt32BitsToSingle).Array[32].Sample(values =>
        {
            var rounded = Pinned.Copy(new float[32]);
            BrainFloat.Round(Pinned.Copy(values).Pointer, rounded.Pointer, 32);
            for (var i = 0; i < 32; i++)
                Assert.Equal(BitConverter.SingleToUInt32Bits(BrainFloat.Value(BrainFloat.Round(values[i]))), BitConverter.SingleToUInt32Bits(rounded.Pointer[i]));
        });
}
