using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>16 floats in four registers of 128 bits.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly unsafe partial struct Lanes128(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) : IIntegerLanes<Lanes128>
{
    private const float TwoToThe112 = 5.192296858534828e33f;

    private readonly Vector128<float> a = a;
    private readonly Vector128<float> b = b;
    private readonly Vector128<float> c = c;
    private readonly Vector128<float> d = d;

    public static string Name => "Vector128";

    public static int Registers => 4;

    public static int Count => 16;

    public static Lanes128 Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Create(float value)
    {
        var lanes = Vector128.Create(value);
        return new(lanes, lanes, lanes, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* source) =>
        new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadUpperHalves(byte* source) =>
        new(Upper(source), Upper(source + 16), Upper(source + 32), Upper(source + 48));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadLowerHalves(byte* source) =>
        new(Lower(source), Lower(source + 16), Lower(source + 32), Lower(source + 48));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 FromHalf(Lanes128 upperHalves) =>
        new(FromHalf(upperHalves.a), FromHalf(upperHalves.b), FromHalf(upperHalves.c), FromHalf(upperHalves.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128 lanes, float* target)
    {
        lanes.a.Store(target);
        lanes.b.Store(target + 4);
        lanes.c.Store(target + 8);
        lanes.d.Store(target + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 weights, Lanes128 inputs, Lanes128 sums) => new(
        Vector128.FusedMultiplyAdd(weights.a, inputs.a, sums.a), Vector128.FusedMultiplyAdd(weights.b, inputs.b, sums.b),
        Vector128.FusedMultiplyAdd(weights.c, inputs.c, sums.c), Vector128.FusedMultiplyAdd(weights.d, inputs.d, sums.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Multiply(Lanes128 left, Lanes128 right) =>
        new(left.a * right.a, left.b * right.b, left.c * right.c, left.d * right.d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Upper(byte* source) => (Vector128.Load((uint*)source) & Vector128.Create(0xFFFF0000)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Lower(byte* source) => (Vector128.Load((uint*)source) << 16).AsSingle();

    // Exponent and fraction moved to their places make a number 2^-112 times too small, also of subnormals; infinity and NaN then lie above 65504.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> FromHalf(Vector128<float> upperHalves)
    {
        var small = (Vector128.ShiftRightArithmetic(upperHalves.AsInt32(), 3) & Vector128.Create(unchecked((int)0x8FFFE000))).AsSingle();
        var value = small * Vector128.Create(TwoToThe112);
        return value | (Vector128.GreaterThan(Vector128.Abs(value), Vector128.Create(65504f)) & Vector128.Create(float.PositiveInfinity));
    }
}
