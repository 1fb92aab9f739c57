using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Robustness;

/// <summary>The temperature at which a model's probabilities fit its answers best.</summary>
/// <remarks>Guo et al. 2017 (arXiv 1706.04599), §4.2.</remarks>
public static class Temperature
{
    private const double Lowest = 1e-2, Highest = 1e2;
    private const int Sections = 40;

    /// <summary>Finds it by golden sections of its logarithm, from 0.01 to 100; the cross-entropy has one minimum in it.</summary>
    /// <param name="scores">(n, classes) of images that the model was not trained on.</param>
    /// <param name="labels">(n), int64.</param>
    /// <returns>What the scores are to be divided by.</returns>
    public static double Of(Tensor scores, Tensor labels)
    {
        using var quiet = no_grad();
        var share = (Math.Sqrt(5) - 1) / 2;
        var (low, high) = (Math.Log(Lowest), Math.Log(Highest));
        for (var section = 0; section < Sections; section++)
        {
            var (left, right) = (high - share * (high - low), low + share * (high - low));
            (low, high) = Loss(left) < Loss(right) ? (low, right) : (left, high);
        }

        return Math.Exp((low + high) / 2);

        double Loss(double logarithm)
        {
            using var scope = NewDisposeScope();
            return cross_entropy(scores.to(ScalarType.Float64) / Math.Exp(logarithm), labels).item<double>();
        }
    }
}
