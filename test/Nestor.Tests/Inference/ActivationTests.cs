using System.Runtime.Intrinsics;
using CsCheck;
using Nestor.Inference;
using Nestor.Models;

namespace Nestor.Tests.Inference;

public sealed unsafe class ActivationTests
{
    // What four roundings and the exponential's cost.
    private const double SinglePrecision = 6e-7;

    [Theory]
    [InlineData(1.0, 0.8413447460685429)]
    [InlineData(-1.0, 0.15865525393145707)]
    [InlineData(-3.0, 0.0013498980316300957)]
    [InlineData(-10.0, 7.619853024160527e-24)]
    public void The_reference_itself_has_the_tabulated_values(double x, double below) => AssertClose(below, Normal.Below(x), 1e-12);

    [Fact]
    public void Silu_is_the_true_function_without_overflow() =>
        Gen.Float[-87, 87].Sample(x => AssertClose(x / (1 + Math.Exp(-(double)x)), Activation.Silu(Vector512.Create(x))[3], SinglePrecision));

    [Fact]
    public void Squared_relu_is_exact() =>
        Gen.Float[-100, 100].Sample(x => Assert.Equal(MathF.Max(0, x) * MathF.Max(0, x), Activation.SquaredRelu(Vector512.Create(x))[0]));

    [Theory]
    [InlineData(FeedForwardKind.SwiGlu)]
    [InlineData(FeedForwardKind.Gelu)]
    [InlineData(FeedForwardKind.SquaredRelu)]
    public void Zero_stays_zero_and_bad_numbers_stay_bad(FeedForwardKind kind)
    {
        Assert.Equal(0, Apply(kind, [0], [0])[0]);
        Assert.Equal(float.NaN, Apply(kind, [float.NaN], [1])[0]);
        Assert.Equal(float.PositiveInfinity, Apply(kind, [float.PositiveInfinity], [1])[0]);
        if (kind == FeedForwardKind.SwiGlu)
        {
            Assert.Equal(float.NaN, Apply(kind, [1], [float.NaN])[0]);
            Assert.Equal(float.PositiveInfinity, Apply(kind, [1], [float.PositiveInfinity])[0]);
        }
    }

    [Fact]
    public void Activations_do_not_depend_on_their_place() =>
        Gen.Select(Gen.Float[-5, 5].Array[1, 5000], Gen.Enum<FeedForwardKind>()).Sample((values, kind) =>
        {
            var gate = values.Reverse().ToArray();
            var output = Apply(kind, values, gate);
            for (var i = 0; i < values.Length; i += 37)
                Assert.Equal(Apply(kind, [values[i]], [gate[i]])[0], output[i]);
        }, iter: 20);

    private static float[] Apply(FeedForwardKind kind, float[] up, float[] gate)
    {
        FloatBuffer neurons = Pinned.Copy(up), gates = Pinned.Copy(gate);
        Activation.Apply(kind, neurons.Pointer, gates.Pointer, up.Length);
        return Pinned.Take(neurons, up.Length);
    }

    // Below the normal floats, the smallest float is the unit.
    private static void AssertClose(double expected, double actual, double relative) =>
        Assert.InRange(Math.Abs(actual - expected), 0, relative * Math.Abs(expected) + (Math.Abs(expected) < 1e-37 ? float.Epsilon : 0));
}
