using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Emitted;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Emitted;

public sealed unsafe class EmittedProductTests
{
    public static readonly TheoryData<WeightType> Types = [.. Enum.GetValues<WeightType>()];

    /// <summary>BF16 too, because nothing here is small enough to become subnormal: weights, inputs and so their products are 0 or above 2^-90.</summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void Any_rows_of_any_matrix_have_the_bits_of_the_plain_kernel(WeightType type)
    {
        foreach (var kernel in Kernels(type))
            Problem.Any.Sample(problem => AssertSame(problem.Solve(ProductKernels.Plain(type, kernel.Order)), problem.Solve(kernel)), iter: 25);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Inputs_that_are_not_finite_spoil_the_same_outputs_as_in_the_plain_kernel(WeightType type)
    {
        foreach (var kernel in Kernels(type))
        {
            Gen.Select(Problem.Any, Gen.OneOf(float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue), Gen.Int[0, 1000]).Sample((problem, bad, place) =>
            {
                var spoilt = problem with { BadInput = (place, bad) };
                AssertSame(spoilt.Solve(ProductKernels.Plain(type, kernel.Order)), spoilt.Solve(kernel));
            }, iter: 25);
        }
    }

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.F16)]
    [InlineData(WeightType.BF16)]
    public void Weights_that_are_not_finite_spoil_the_same_outputs_as_in_the_plain_kernel(WeightType type)
    {
        foreach (var kernel in Kernels(type))
        {
            Gen.Select(Problem.Any, Gen.OneOf(float.NaN, float.PositiveInfinity, float.NegativeInfinity), Gen.Int[0, 1000]).Sample((problem, bad, place) =>
            {
                var spoilt = problem with { BadWeight = (place, bad) };
                AssertSame(spoilt.Solve(ProductKernels.Plain(type, kernel.Order)), spoilt.Solve(kernel));
            }, iter: 25);
        }
    }

    [Theory]
    [InlineData(WeightType.F32, 1e-30f)]
    [InlineData(WeightType.F16, 1e-40f)]
    [InlineData(WeightType.Q8, 1e-36f)]
    [InlineData(WeightType.Q4, 1e-42f)]
    public void Subnormal_inputs_and_sums_have_the_bits_of_the_plain_kernel(WeightType type, float factor)
    {
        foreach (var kernel in Kernels(type))
        {
            Problem.Any.Sample(problem =>
            {
                var small = problem with { InputFactor = factor };
                AssertSame(small.Solve(ProductKernels.Plain(type, kernel.Order)), small.Solve(kernel));
            }, iter: 20);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void To_know_what_follows_changes_no_bit(WeightType type)
    {
        foreach (var kernel in Kernels(type))
            Problem.Any.Sample(problem => AssertSame(problem.Solve(kernel), (problem with { Followed = true }).Solve(kernel)), iter: 25);
    }

    /// <summary>BF16 too: what counts as zero there counts as zero in every kernel of its order.</summary>
    [Theory]
    [InlineData(WeightType.F32, 1e-38f)]
    [InlineData(WeightType.BF16, 1e-38f)]
    [InlineData(WeightType.BF16, 1e-41f)]
    public void A_lone_row_has_the_bits_that_it_has_among_others_subnormal_or_not(WeightType type, float factor)
    {
        foreach (var kernel in Kernels(type))
        {
            Problem.Any.Sample(problem =>
            {
                var small = problem with { InputFactor = factor };
                AssertSame(small.Solve(kernel), (small with { RowByRow = true }).Solve(kernel));
            }, iter: 20);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Many_rows_have_the_bits_of_the_plain_kernel(WeightType type)
    {
        foreach (var rows in (int[])[31, 32, 33, 70])
        {
            var problem = new Problem(Seed: rows, rows, Tiles: 9, TileSteps: 2, Add: rows % 2 == 0);
            Assert.All(Kernels(type), kernel => AssertSame(problem.Solve(ProductKernels.Plain(type, kernel.Order)), problem.Solve(kernel)));
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Threads_that_share_a_kernel_do_not_disturb_each_other(WeightType type)
    {
        foreach (var kernel in Kernels(type))
        {
            var problems = Enumerable.Range(0, 4).Select(seed => new Problem(seed, Rows: 3 + 5 * seed, Tiles: 5, TileSteps: 1, Add: true)).ToArray();
            var expected = problems.Select(problem => problem.Solve(ProductKernels.Plain(type, kernel.Order))).ToArray();
            Parallel.For(0, 200, i => AssertSame(expected[i % 4], problems[i % 4].Solve(kernel)));
        }
    }

    private static ProductKernel[] Kernels(WeightType type)
    {
        var support = ProcessorSupport.Detect(setting: null);
        ProductKernel[] kernels = [.. new[] { EmittedKernels.Create(type, support with { Matrices = false }), EmittedKernels.Create(type, support) }.OfType<ProductKernel>().DistinctBy(kernel => kernel.Name)];
        Assert.SkipWhen(kernels.Length == 0, $"This processor or system has no emitted kernel for {type}.");
        return kernels;
    }

    private static void AssertSame(float[] expected, float[] actual) => Assert.Equal(expected.Select(Bits), actual.Select(Bits));

    /// <summary>The bits of a float; one value for everything that is not a number.</summary>
    private static uint Bits(float value) => float.IsNaN(value) ? uint.MaxValue : BitConverter.SingleToUInt32Bits(value);
}
