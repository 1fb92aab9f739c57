using System.Runtime.Intrinsics;

namespace Nestor.Inference;

/// <summary>Layer normalisation (Ba, Kiros and Hinton 2016): <c>y = (x - mean(x)) / sqrt(variance(x) + epsilon) ⊙ weight + bias</c>.</summary>
/// <remarks>The variance is the mean of squared distances, found in a second pass. Sums run in 16 lanes (element modulo 16) that are added in halves.</remarks>
internal static unsafe class LayerNorm
{
    /// <summary>Normalises one vector.</summary>
    /// <param name="input">(size), zeros up to the next multiple of 16.</param>
    /// <param name="weight">(size), zeros up to the next multiple of 16.</param>
    /// <param name="bias">(size), zeros up to the next multiple of 16.</param>
    /// <param name="size">Length of the vector.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="output">(size) in whole vectors; may be the input.</param>
    public static void Apply(float* input, float* weight, float* bias, int size, float epsilon, float* output)
    {
        var sums = Vector512<float>.Zero;
        for (var i = 0; i < size; i += Vectors.Lanes)
            sums += Vector512.Load(input + i);
        var mean = Vector512.Create(Vectors.Sum(sums) / size);

        sums = Vector512<float>.Zero;
        var whole = size / Vectors.Lanes * Vectors.Lanes;
        for (var i = 0; i < whole; i += Vectors.Lanes)
        {
            var distance = Vector512.Load(input + i) - mean;
            sums = Vector512.FusedMultiplyAdd(distance, distance, sums);
        }

        if (whole < size)
        {
            var inside = Vector512.LessThan(Vector512<float>.Indices, Vector512.Create((float)(size - whole)));
            var distance = Vector512.ConditionalSelect(inside, Vector512.Load(input + whole) - mean, Vector512<float>.Zero);
            sums = Vector512.FusedMultiplyAdd(distance, distance, sums);
        }

        var scale = Vector512.Create(1 / MathF.Sqrt(Vectors.Sum(sums) / size + epsilon));
        for (var i = 0; i < size; i += Vectors.Lanes)
            Vector512.FusedMultiplyAdd((Vector512.Load(input + i) - mean) * scale, Vector512.Load(weight + i), Vector512.Load(bias + i)).Store(output + i);
    }

    /// <summary>The same, one element at a time: the specification.</summary>
    /// <inheritdoc cref="Apply"/>
    public static void ApplyPlainly(float* input, float* weight, float* bias, int size, float epsilon, float* output)
    {
        var sums = stackalloc float[Vectors.Lanes];
        new Span<float>(sums, Vectors.Lanes).Clear();
        for (var i = 0; i < size; i++)
            sums[i % Vectors.Lanes] += input[i];
        var mean = Vectors.Sum(Vector512.Load(sums)) / size;

        new Span<float>(sums, Vectors.Lanes).Clear();
        for (var i = 0; i < size; i++)
            sums[i % Vectors.Lanes] = MathF.FusedMultiplyAdd(input[i] - mean, input[i] - mean, sums[i % Vectors.Lanes]);
        var scale = 1 / MathF.Sqrt(Vectors.Sum(Vector512.Load(sums)) / size + epsilon);
        for (var i = 0; i < size; i++)
            output[i] = MathF.FusedMultiplyAdd((input[i] - mean) * scale, weight[i], bias[i]);
    }
}
