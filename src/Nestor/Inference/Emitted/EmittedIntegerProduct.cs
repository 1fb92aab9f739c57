using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Products with Q8 and Q4 tiles.</summary>
/// <remarks>Prepared inputs are, per 32 columns, 32 integers of 8 bits, their scale, and their sum times the weights' offset.</remarks>
internal unsafe class EmittedIntegerProduct(WeightType type, RowKernels kernels) : EmittedVectorProduct(type, kernels)
{
    private readonly int offset = type == WeightType.Q8 ? -128 : -8;

    public override int InputBytes => IntegerCode.InputBytes;

    [MethodImpl(InnerLoop.Options)]
    public override void Prepare(float* values, int tiles, byte* inputs)
    {
        for (; tiles > 0; tiles--, values += Tile.Columns, inputs += IntegerCode.InputBytes)
        {
            Vector512<float> first = Vector512.Load(values), second = Vector512.Load(values + Vector512<float>.Count);
            var scale = LargestMagnitude(first, second) / 127;
            if (!float.IsNormal(scale))
            {
                new Span<byte>(inputs, IntegerCode.InputBytes).Clear();
                *(float*)(inputs + IntegerCode.ScaleAt) = float.IsFinite(scale) ? 0 : float.NaN;
                continue;
            }

            var firstIntegers = Round(first / Vector512.Create(scale));
            var secondIntegers = Round(second / Vector512.Create(scale));
            var words = Vector512.Narrow(firstIntegers, secondIntegers);
            Vector256.Narrow(words.GetLower(), words.GetUpper()).Store((sbyte*)inputs);
            *(float*)(inputs + IntegerCode.ScaleAt) = scale;
            *(int*)(inputs + IntegerCode.BeginningAt) = offset * Vector512.Sum(firstIntegers + secondIntegers);
        }
    }

    /// <summary>To the nearest integer, ties to even. The sum with 1.5 * 2^23 has no room for a fraction, and its lower bits are the integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Round(Vector512<float> values)
    {
        var shift = Vector512.Create(1.5f * (1 << 23));
        return (values + shift).AsInt32() - shift.AsInt32();
    }

    /// <summary>Without their signs, the bits of floats are ordered as the magnitudes are, with infinity and what is not a number above all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float LargestMagnitude(Vector512<float> first, Vector512<float> second)
    {
        var magnitude = Vector512.Create(int.MaxValue);
        var of16 = Vector512.Max(first.AsInt32() & magnitude, second.AsInt32() & magnitude);
        var of8 = Vector256.Max(of16.GetLower(), of16.GetUpper());
        var of4 = Vector128.Max(of8.GetLower(), of8.GetUpper());
        var of2 = Vector128.Max(of4, Vector128.Shuffle(of4, Vector128.Create(2, 3, 0, 1)));
        return BitConverter.Int32BitsToSingle(Math.Max(of2[0], of2[1]));
    }
}
