using System.Collections.Immutable;
using Nestor.Formats;

namespace Nestor.Models;

/// <summary>Cuts tensors of a model to those of a narrower one.</summary>
internal static class TensorCut
{
    /// <summary>A tensor at its new shape: the first rows, or the first columns, or, for all but feed-forward tensors, all of it.</summary>
    /// <param name="tensor">The wider model's tensor.</param>
    /// <param name="shape">The new shape, smaller in one size at most.</param>
    /// <param name="cancellation">Stops between two pieces.</param>
    public static TensorSource To(TensorView tensor, ImmutableArray<long> shape, CancellationToken cancellation)
    {
        var columns = shape[^1];
        var kept = columns == tensor.Shape[^1]
            ? KeptBytes.First(tensor.ByteCount / tensor.Shape[0] * shape[0], tensor.ByteCount)
            : KeptBytes.First(columns * tensor.Type.Size, tensor.Shape[^1] * tensor.Type.Size);
        return new TensorSource(tensor.Name, tensor.Type, shape, stream => kept.Write(tensor, stream, cancellation));
    }
}
