namespace Nestor.Voting;

/// <summary>What a committee says of an input.</summary>
/// <param name="Label">The class, or <see cref="VotePolicy.Abstain"/>.</param>
/// <param name="Asked">How many members were asked before the answer was settled.</param>
public readonly record struct Verdict(int Label, int Asked);
