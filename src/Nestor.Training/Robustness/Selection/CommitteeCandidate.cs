namespace Nestor.Training.Robustness.Selection;

/// <summary>A committee that could be taken from a pool.</summary>
/// <param name="Members">Models of the pool, ascending.</param>
/// <param name="Robust">Estimated robust accuracy of its vote, from attacks on its smallest majorities: an upper bound.</param>
/// <param name="Counted">The share of points at which a majority of its members is robust alone: a lower bound, as far as the members' attacks are complete.</param>
/// <param name="Clean">The share of unperturbed points at which a majority is right.</param>
public sealed record CommitteeCandidate(IReadOnlyList<int> Members, double Robust, double Counted, double Clean);
