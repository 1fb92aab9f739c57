using Nestor.Training.Sensing;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Sensing;

/// <summary>Hidden matrices and starts for tests.</summary>
internal static class SensingShapes
{
    /// <summary>(rows, columns) of standard normal numbers, times a scale.</summary>
    public static Tensor Gaussian(int rows, int columns, long seed, double scale = 1)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)seed);
        return (randn([rows, columns], ScalarType.Float64, generator: random) * scale).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>A factor (d, r) with orthogonal columns of given lengths.</summary>
    public static Tensor Truth(int dimension, double[] lengths, long seed)
    {
        using var scope = NewDisposeScope();
        var (basis, _) = linalg.qr(Gaussian(dimension, lengths.Length, seed));
        return (basis * tensor(lengths)).contiguous().MoveToOuterDisposeScope();
    }

    public static Tensor Product(Tensor factor) => factor.mm(factor.t()).contiguous();

    /// <summary>‖UUᵀ − M‖ in Frobenius' norm.</summary>
    public static double Error(Tensor factor, Tensor product) => (Product(factor) - product).norm().item<double>();

    /// <summary>Lengths evenly spaced from one to another.</summary>
    public static double[] Evenly(double from, double to, int count) => [.. Enumerable.Range(0, count).Select(i => count == 1 ? from : from + (to - from) * i / (count - 1))];

    public static DescentOptions AllSteps(int iterations, double stepSize) => new() { Iterations = iterations, StepSize = stepSize, StopWhenCertified = false };
}
