using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nestor.Training.Optimization;

/// <summary>The constants of one AdamW update, worked out once for a run of weights.</summary>
internal readonly struct AdamWUpdate
{
    public required float GradientScale { get; init; }

    public required float Beta1 { get; init; }

    public required float Beta2 { get; init; }

    public required float Epsilon { get; init; }

    /// <summary>1 - learning rate · weight decay.</summary>
    public required float Keep { get; init; }

    /// <summary>Learning rate / (1 - beta1^steps).</summary>
    public required float StepSize { get; init; }

    /// <summary>1 / (1 - beta2^steps).</summary>
    public required float InverseCorrection2 { get; init; }
}

/// <summary>AdamW on plain memory.</summary>
internal static class AdamWKernel
{
    /// <summary>Updates weights and both moments in place; all spans have the same length.</summary>
    public static void Update(in AdamWUpdate update, Span<float> weights, ReadOnlySpan<float> gradients, Span<float> first, Span<float> second)
    {
        ref var w = ref MemoryMarshal.GetReference(weights);
        ref var g = ref MemoryMarshal.GetReference(gradients[..weights.Length]);
        ref var m = ref MemoryMarshal.GetReference(first[..weights.Length]);
        ref var v = ref MemoryMarshal.GetReference(second[..weights.Length]);
        nuint i = 0;
        var length = (nuint)weights.Length;
        for (; i + (nuint)Vector<float>.Count <= length; i += (nuint)Vector<float>.Count)
        {
            var gradient = Vector.LoadUnsafe(ref g, i) * update.GradientScale;
            var mean = Vector.LoadUnsafe(ref m, i) * update.Beta1 + gradient * (1 - update.Beta1);
            var square = Vector.LoadUnsafe(ref v, i) * update.Beta2 + gradient * gradient * (1 - update.Beta2);
            var root = Vector.SquareRoot(square * update.InverseCorrection2) + new Vector<float>(update.Epsilon);
            mean.StoreUnsafe(ref m, i);
            square.StoreUnsafe(ref v, i);
            (Vector.LoadUnsafe(ref w, i) * update.Keep - mean * update.StepSize / root).StoreUnsafe(ref w, i);
        }

        for (; i < length; i++)
        {
            var gradient = Unsafe.Add(ref g, i) * update.GradientScale;
            var mean = Unsafe.Add(ref m, i) * update.Beta1 + gradient * (1 - update.Beta1);
            var square = Unsafe.Add(ref v, i) * update.Beta2 + gradient * gradient * (1 - update.Beta2);
            var root = MathF.Sqrt(square * update.InverseCorrection2) + update.Epsilon;
            Unsafe.Add(ref m, i) = mean;
            Unsafe.Add(ref v, i) = square;
            Unsafe.Add(ref w, i) = Unsafe.Add(ref w, i) * update.Keep - mean * update.StepSize / root;
        }
    }

    /// <summary>Sum of squares, in float64 from short float32 runs, so that the result does not depend on threads.</summary>
    public static double SumOfSquares(ReadOnlySpan<float> values)
    {
        const int Run = 4096;
        double sum = 0;
        for (; values.Length > 0; values = values[Math.Min(Run, values.Length)..])
        {
            var run = values[..Math.Min(Run, values.Length)];
            var vectors = MemoryMarshal.Cast<float, Vector<float>>(run);
            var partial = Vector<float>.Zero;
            foreach (var vector in vectors)
                partial += vector * vector;
            sum += Vector.Sum(partial);
            foreach (var value in run[(vectors.Length * Vector<float>.Count)..])
                sum += value * value;
        }

        return sum;
    }
}
