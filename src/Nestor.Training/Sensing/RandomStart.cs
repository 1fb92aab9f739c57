using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>A random factor with independent normal entries: where the paper's descent begins.</summary>
public static class RandomStart
{
    /// <summary>The start of a seed.</summary>
    /// <param name="dimension">d.</param>
    /// <param name="columns">k.</param>
    /// <param name="deviation">Standard deviation of an entry.</param>
    /// <param name="seed">Decides the entries.</param>
    /// <returns>(d, k), float64.</returns>
    public static Tensor Of(int dimension, int columns, double deviation, ulong seed)
    {
        var start = empty(dimension, columns, ScalarType.Float64);
        GaussianNumbers.Fill(TensorMemory.Doubles(start), seed, GaussianStream.Start);
        return start.mul_(deviation);
    }
}
