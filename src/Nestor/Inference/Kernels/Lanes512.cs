using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>16 floats in one register of 512 bits.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly unsafe partial struct Lanes512(Vector512<float> all) : IIntegerLanes<Lanes512>
{
    private const float TwoToThe112 = 5.192296858534828e33f;

    private readonly Vector512<float> all = all;

    public static string Name => "Vector512";

    public static int Registers => 1;

    public static int Count => 16;

    public static Lanes512 Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Create(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadUpperHalves(byte* source) => new(Upper(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadLowerHalves(byte* source) => new(Lower(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 FromHalf(Lanes512 upperHalves) => new(FromHalf(upperHalves.all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 lanes, float* target) => lanes.all.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAdd(Lanes512 weights, Lanes512 inputs, Lanes512 sums) =>
        new(Vector512.FusedMultiplyAdd(weights.all, inputs.all, sums.all));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Multiply(Lanes512 left, Lanes512 right) => new(left.all * right.all);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Upper(byte* source) => (Vector512.Load((uint*)source) & Vector512.Create(0xFFFF0000)).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Lower(byte* source) => (Vector512.Load((uint*)source) << 16).AsSingle();

    // Exponent and fraction moved to their places make a number 2^-112 times too small, also of subnormals; infinity and NaN then lie above 65504.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FromHalf(Vector512<float> upperHalves)
    {
        var small = (Vector512.ShiftRightArithmetic(upperHalves.AsInt32(), 3) & Vector512.Create(unchecked((int)0x8FFFE000))).AsSingle();
        var value = small * Vector512.Create(TwoToThe112);
        return value | (Vector512.GreaterThan(Vector512.Abs(value), Vector512.Create(65504f)) & Vector512.Create(float.PositiveInfinity));
    }
}
