using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>Twice as many lanes.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly unsafe partial struct Pair<T>(T a, T b) : IIntegerLanes<Pair<T>>
    where T : struct, IIntegerLanes<T>
{
    private readonly T a = a;
    private readonly T b = b;

    public static string Name => T.Name;

    public static int Registers => 2 * T.Registers;

    public static int Count => 2 * T.Count;

    public static Pair<T> Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Create(float value)
    {
        var lanes = T.Create(value);
        return new(lanes, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Load(float* source) => new(T.Load(source), T.Load(source + T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> LoadUpperHalves(byte* source) => new(T.LoadUpperHalves(source), T.LoadUpperHalves(source + 4 * T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> LoadLowerHalves(byte* source) => new(T.LoadLowerHalves(source), T.LoadLowerHalves(source + 4 * T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> FromHalf(Pair<T> upperHalves) => new(T.FromHalf(upperHalves.a), T.FromHalf(upperHalves.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Pair<T> lanes, float* target)
    {
        T.Store(lanes.a, target);
        T.Store(lanes.b, target + T.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> MultiplyAdd(Pair<T> weights, Pair<T> inputs, Pair<T> sums) =>
        new(T.MultiplyAdd(weights.a, inputs.a, sums.a), T.MultiplyAdd(weights.b, inputs.b, sums.b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Pair<T> Multiply(Pair<T> left, Pair<T> right) => new(T.Multiply(left.a, right.a), T.Multiply(left.b, right.b));
}
