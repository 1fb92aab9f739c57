using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Nestor.Inference.Kernels;
using Nestor.Models;

namespace Nestor.Inference;

/// <summary>The non-linearities of feed-forward blocks, one vector at a time. All are zero at zero, so masking neurons equals slicing them.</summary>
internal static unsafe class Activation
{
    /// <summary>Turns projections into neuron activations, in place.</summary>
    /// <param name="kind">The feed-forward block.</param>
    /// <param name="up">(count) <c>up · x</c> in whole vectors; becomes the activations.</param>
    /// <param name="gate">(count) <c>gate · x</c> in whole vectors; read for gated kinds alone.</param>
    /// <param name="count">Neurons times tokens.</param>
    [MethodImpl(InnerLoop.Options)]
    public static void Apply(FeedForwardKind kind, float* up, float* gate, long count)
    {
        for (long i = 0; i < count; i += Vectors.Lanes)
        {
            var x = Vector512.Load(up + i);
            var y = kind switch
            {
                FeedForwardKind.SwiGlu => Silu(Vector512.Load(gate + i)) * x,
                FeedForwardKind.Gelu => Gelu.Of(x),
                _ => SquaredRelu(x),
            };
            y.Store(up + i);
        }
    }

    /// <summary><c>x / (1 + exp(-x))</c>, without overflow for very negative x.</summary>
    public static Vector512<float> Silu(Vector512<float> x)
    {
        var decay = Exponential.Of(-Vector512.Abs(x));
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), x * decay, x) / (Vector512<float>.One + decay);
    }

    /// <summary><c>max(0, x)²</c>.</summary>
    public static Vector512<float> SquaredRelu(Vector512<float> x) =>
        Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512<float>.Zero, x * x);
}
