using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>The nearest weights that are not negative and sum to one.</summary>
/// <remarks>Duchi et al. 2008, "Efficient projections onto the l1-ball", figure 1.</remarks>
internal static class SimplexProjection
{
    /// <summary>Projects every row.</summary>
    /// <param name="values">(n, m).</param>
    /// <returns>(n, m).</returns>
    public static Tensor Of(Tensor values)
    {
        var sorted = values.sort(1, descending: true).Values;
        var excess = sorted.cumsum(1) - 1;                                                              // (n, m): how much the largest ones sum to beyond one
        var counts = arange(1, values.shape[1] + 1, dtype: values.dtype, device: values.device);
        var support = (sorted * counts).gt(excess).sum([1], keepdim: true);                             // (n, 1): how many stay above zero
        return (values - excess.gather(1, support - 1) / support).clamp(min: 0);
    }
}
