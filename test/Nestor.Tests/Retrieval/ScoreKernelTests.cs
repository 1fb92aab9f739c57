using CsCheck;
using Nestor.Inference;
using Nestor.Retrieval.Kernels;

namespace Nestor.Tests.Retrieval;

public sealed unsafe class ScoreKernelTests
{
    public static TheoryData<string> Names => [.. ScoreKernels.Supported.Select(kernel => kernel.Name)];

    /// <summary>Bit for bit, for any number of rows, any distance between them and any prefix of their steps.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Every_kernel_gives_the_bits_of_the_plain_one(string name)
    {
        var kernel = ScoreKernels.Supported.Single(supported => supported.Name == name);
        Gen.Select(Gen.Int[0, 13], Gen.Int[1, 9], Gen.Int[0, 8], Gen.Int).Sample((count, steps, more, seed) =>
        {
            var stride = (steps + more) * ScoreKernel.Lanes;
            var rows = Numbers(Math.Max(1, count) * stride, seed);
            var query = Numbers(stride, seed + 1);
            float[] expected = new float[count + 1], actual = new float[count + 1];
            fixed (float* plain = expected, fast = actual)
            {
                ScoreKernels.Plain.Multiply(rows.Pointer, stride, count, query.Pointer, steps, plain);
                kernel.Multiply(rows.Pointer, stride, count, query.Pointer, steps, fast);
            }

            GC.KeepAlive((rows, query));
            Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), actual.Select(BitConverter.SingleToInt32Bits));
        }, iter: 200);
    }

    /// <summary>Within 1e-5 of the sum of absolute products, the bound of 128 roundings.</summary>
    [Fact]
    public void The_plain_kernel_is_the_inner_product()
    {
        var (rows, query) = (Numbers(128, 1), Numbers(128, 2));
        float score;
        ScoreKernels.Plain.Multiply(rows.Pointer, 128, 1, query.Pointer, 8, &score);
        double sum = 0, absolute = 0;
        for (var i = 0; i < 128; i++)
        {
            sum += (double)rows.Pointer[i] * query.Pointer[i];
            absolute += Math.Abs((double)rows.Pointer[i] * query.Pointer[i]);
        }

        GC.KeepAlive((rows, query));
        Assert.Equal(sum, score, 1e-5 * absolute);
    }

    private static FloatBuffer Numbers(int count, int seed)
    {
        var random = new Random(seed);
        var buffer = new FloatBuffer(count);
        for (var i = 0; i < count; i++)
            buffer.Pointer[i] = 2 * random.NextSingle() - 1;
        return buffer;
    }
}
