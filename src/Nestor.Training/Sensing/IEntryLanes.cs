using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Training.Sensing;

/// <summary>Several entries of a row as float64, in one vector register.</summary>
/// <typeparam name="TSelf">The lanes.</typeparam>
internal unsafe interface IEntryLanes<TSelf>
    where TSelf : struct, IEntryLanes<TSelf>
{
    static abstract int Count { get; }

    /// <summary>The entries from a place, float32 or float64.</summary>
    static abstract TSelf Load<T>(T* from)
        where T : unmanaged;

    static abstract TSelf All(double value);

    /// <summary><c>left · right + sum</c>, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf sum);

    static abstract double Sum(TSelf lanes);

    static abstract void Store(TSelf lanes, double* to);
}

/// <summary>Four lanes, for processors with AVX2.</summary>
internal readonly unsafe struct FourLanes(Vector256<double> lanes) : IEntryLanes<FourLanes>
{
    private readonly Vector256<double> lanes = lanes;

    public static int Count => Vector256<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes Load<T>(T* from)
        where T : unmanaged =>
        new(typeof(T) == typeof(float) ? Vector256.WidenLower(Vector128.Load((float*)from).ToVector256Unsafe()) : Vector256.Load((double*)from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes All(double value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourLanes MultiplyAdd(FourLanes left, FourLanes right, FourLanes sum) => new(Vector256.FusedMultiplyAdd(left.lanes, right.lanes, sum.lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(FourLanes lanes) => Vector256.Sum(lanes.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(FourLanes lanes, double* to) => lanes.lanes.Store(to);
}

/// <summary>Eight lanes, for processors with AVX-512.</summary>
internal readonly unsafe struct EightLanes(Vector512<double> lanes) : IEntryLanes<EightLanes>
{
    private readonly Vector512<double> lanes = lanes;

    public static int Count => Vector512<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes Load<T>(T* from)
        where T : unmanaged =>
        new(typeof(T) == typeof(float) ? Vector512.WidenLower(Vector256.Load((float*)from).ToVector512Unsafe()) : Vector512.Load((double*)from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes All(double value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightLanes MultiplyAdd(EightLanes left, EightLanes right, EightLanes sum) => new(Vector512.FusedMultiplyAdd(left.lanes, right.lanes, sum.lanes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(EightLanes lanes) => Vector512.Sum(lanes.lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(EightLanes lanes, double* to) => lanes.lanes.Store(to);
}
