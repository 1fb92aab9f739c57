using System.Collections.Immutable;

namespace Nestor.Training.Robustness.Certification;

/// <summary>What is proved: no attack, known or not, breaks these images.</summary>
/// <param name="Members">Whether each image's right answer is certain, by member; null for a member that gives no bounds.</param>
/// <param name="Vote">Whether the committee's right answer is certain.</param>
public sealed record CertifiedResult(IReadOnlyList<ImmutableArray<bool>?> Members, ImmutableArray<bool> Vote)
{
    /// <summary>The share of images that each member certainly answers rightly.</summary>
    public IReadOnlyList<double?> MemberAccuracies => [.. Members.Select(flags => flags is { } known ? Share(known) : (double?)null)];

    /// <summary>The share of images that the committee certainly answers rightly.</summary>
    public double VoteAccuracy => Share(Vote);

    private static double Share(ImmutableArray<bool> flags) => flags.Count(flag => flag) / (double)flags.Length;
}
