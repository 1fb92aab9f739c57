using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Nestor.Inference.Kernels;

/// <summary>Attention's products with the register tiles of <see cref="FloatProduct{T, TWeights}"/>; its weights with vectors.</summary>
/// <typeparam name="T">16 outputs.</typeparam>
internal sealed unsafe class AttentionInLanes<T> : AttentionKernel
    where T : struct, ILanes<T>
{
    public override string Name => T.Name;

    public override void Multiply(
        float* panel, nint panelStride, int lanes, int columns, float* input, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        if (!add)
            Outputs.Clear(output, rows, lanes, outputStride);
        var weights = new WeightStream((byte*)panel, tileStride: 0, tiles: 1, panelStride * sizeof(float), columns, Prefetch.Bytes(WeightType.F32));
        RegisterTiling.Multiply<T, F32Weights>(weights, lanes, input, inputStride, rows, output, outputStride);
    }

    [MethodImpl(InnerLoop.Options)]
    public override void Softmax(float* scores, int count, float scale)
    {
        var end = scores + Vectors.Count(count) * Vectors.Lanes;
        for (var behind = scores + count; behind < end; behind++)
            *behind = float.NegativeInfinity; // weighs nothing

        var factor = Vector512.Create(scale);
        var largest = Vector512.Create(float.NegativeInfinity);
        for (var s = scores; s < end; s += Vectors.Lanes)
            largest = Vector512.MaxNative(largest, Vector512.Load(s) * factor);

        var max = Vector512.Create(Largest(largest));
        var sums = Vector512<float>.Zero;
        for (var s = scores; s < end; s += Vectors.Lanes)
        {
            var weight = Exponential.Of(Vector512.Load(s) * factor - max);
            weight.Store(s);
            sums += weight;
        }

        var share = Vector512.Create(1 / Vectors.Sum(sums));
        for (var s = scores; s < end; s += Vectors.Lanes)
            (Vector512.Load(s) * share).Store(s);
    }

    private static float Largest(Vector512<float> lanes)
    {
        var eight = Vector256.MaxNative(lanes.GetLower(), lanes.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }
}
