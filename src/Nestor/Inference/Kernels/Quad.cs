using System.Runtime.CompilerServices;

namespace Nestor.Inference.Kernels;

/// <summary>Four times as many lanes.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly unsafe struct Quad<T>(T a, T b, T c, T d) : ILanes<Quad<T>>
    where T : struct, ILanes<T>
{
    private readonly T a = a;
    private readonly T b = b;
    private readonly T c = c;
    private readonly T d = d;

    public static string Name => T.Name;

    public static int Registers => 4 * T.Registers;

    public static int Count => 4 * T.Count;

    public static Quad<T> Zero => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> Create(float value)
    {
        var lanes = T.Create(value);
        return new(lanes, lanes, lanes, lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> Load(float* source) =>
        new(T.Load(source), T.Load(source + T.Count), T.Load(source + 2 * T.Count), T.Load(source + 3 * T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> LoadUpperHalves(byte* source) => new(
        T.LoadUpperHalves(source), T.LoadUpperHalves(source + 4 * T.Count), T.LoadUpperHalves(source + 8 * T.Count), T.LoadUpperHalves(source + 12 * T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> LoadLowerHalves(byte* source) => new(
        T.LoadLowerHalves(source), T.LoadLowerHalves(source + 4 * T.Count), T.LoadLowerHalves(source + 8 * T.Count), T.LoadLowerHalves(source + 12 * T.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> FromHalf(Quad<T> upperHalves) =>
        new(T.FromHalf(upperHalves.a), T.FromHalf(upperHalves.b), T.FromHalf(upperHalves.c), T.FromHalf(upperHalves.d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Quad<T> lanes, float* target)
    {
        T.Store(lanes.a, target);
        T.Store(lanes.b, target + T.Count);
        T.Store(lanes.c, target + 2 * T.Count);
        T.Store(lanes.d, target + 3 * T.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad<T> MultiplyAdd(Quad<T> weights, Quad<T> inputs, Quad<T> sums) => new(
        T.MultiplyAdd(weights.a, inputs.a, sums.a), T.MultiplyAdd(weights.b, inputs.b, sums.b),
        T.MultiplyAdd(weights.c, inputs.c, sums.c), T.MultiplyAdd(weights.d, inputs.d, sums.d));
}
