using static TorchSharp.torch;

namespace Nestor.Training.Nested;

/// <summary>Rotary position embedding in HuggingFace's half-rotation: dimension i is paired with i + headSize / 2.</summary>
/// <remarks>Su et al., arXiv 2104.09864: pair i at position t turns by <c>t · theta^(-2i / headSize)</c>.</remarks>
internal sealed class RotaryPositions : IDisposable
{
    private readonly Tensor cosine; // (context, headSize), both halves alike
    private readonly Tensor sine;   // (context, headSize), first half negated

    public RotaryPositions(int headSize, int contextLength, float theta, Device device)
    {
        using var scope = NewDisposeScope();
        var exponents = arange(0, headSize, 2, ScalarType.Float64) / headSize;
        var frequencies = pow(tensor((double)theta, ScalarType.Float64), -exponents);                  // (headSize / 2)
        var angles = outer(arange(0, contextLength, ScalarType.Float64), frequencies);                 // (context, headSize / 2)
        cosine = cat([angles.cos(), angles.cos()], 1).to(ScalarType.Float32).to(device).MoveToOuterDisposeScope();
        sine = cat([-angles.sin(), angles.sin()], 1).to(ScalarType.Float32).to(device).MoveToOuterDisposeScope();
        cosine.DetachFromDisposeScope();
        sine.DetachFromDisposeScope();
    }

    /// <summary>Turns queries or keys of shape (batch, heads, time, headSize) at positions 0 to time - 1.</summary>
    public Tensor Rotate(Tensor heads)
    {
        var time = heads.shape[2];
        var half = heads.shape[3] / 2;
        var swapped = cat([heads.narrow(3, half, half), heads.narrow(3, 0, half)], 3);
        return heads * cosine.narrow(0, 0, time) + swapped * sine.narrow(0, 0, time);
    }

    /// <summary>(time, time): 0 where a row's position may look, minus infinity where it lies in the future.</summary>
    public Tensor FutureMask(long time, ScalarType type) =>
        full([time, time], float.NegativeInfinity, type, cosine.device).triu_(1);

    public void Dispose()
    {
        cosine.Dispose();
        sine.Dispose();
    }
}
