using static TorchSharp.torch;

namespace Nestor.Training.Sensing;

/// <summary>A factor after greedy pruning, or as it was where the certificate did not hold.</summary>
/// <param name="Factor">(d, live columns), the longest first; where not pruned, all columns. It is the caller's.</param>
/// <param name="Certificate">What allowed the pruning, or did not.</param>
public sealed record PrunedFactor(Tensor Factor, OrthogonalityCertificate Certificate)
{
    /// <summary>Whether columns were dropped on the word of a certificate. Otherwise <see cref="OrthogonalityCertificate.Objection"/> says why not.</summary>
    public bool IsPruned => Certificate.Holds;
}
