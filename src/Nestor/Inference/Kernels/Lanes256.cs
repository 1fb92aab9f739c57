using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>16 floats in two registers of 256 bits.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly unsafe partial struct Lanes256(Vector256<float> low, Vector256<float> high) : IIntegerLanes<Lanes256>
{
    private const float TwoToThe112 = 5.192296858534828e33f;

    private readonly Vector256<float> low = low;
    private readonly Vector256<float> high = high;

    public static string Name => "Vector256";

    public static int Registers => 2;

    public static int Count => 16;

    public static Lanes256 Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Create(float value)
    {
        var lanes = Vector256.Create(value);
        return new(lanes, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadUpperHalves(byte* source) => new(Upper(source), Upper(source + 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadLowerHalves(byte* source) => new(Lower(source), Lower(source + 32));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 FromHalf(Lanes256 upperHalves) => new(FromHalf(upperHalves.low), FromHalf(upperHalves.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 lanes, float* target)
    {
        lanes.low.Store(target);
        lanes.high.Store(target + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 weights, Lanes256 inputs, Lanes256 sums) => new(
        Vector256.FusedMultiplyAdd(weights.low, inputs.low, sums.low), Vector256.FusedMultiplyAdd(weights.high, inputs.high, sums.high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Multiply(Lanes256 left, Lanes256 right) => new(left.low * right.low, left.high * right.high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Upper(byte* source) => (Vector256.Load((uint*)source) & Vector256.Create(0xFFFF0000)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Lower(byte* source) => (Vector256.Load((uint*)source) << 16).AsSingle();

    // Exponent and fraction moved to their places make a number 2^-112 times too small, also of subnormals; infinity and NaN then lie above 65504.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FromHalf(Vector256<float> upperHalves)
    {
        var small = (Vector256.ShiftRightArithmetic(upperHalves.AsInt32(), 3) & Vector256.Create(unchecked((int)0x8FFFE000))).AsSingle();
        var value = small * Vector256.Create(TwoToThe112);
        return value | (Vector256.GreaterThan(Vector256.Abs(value), Vector256.Create(65504f)) & Vector256.Create(float.PositiveInfinity));
    }
}
