namespace Nestor.Training.Robustness;

/// <summary>A committee's members combined in another way.</summary>
/// <param name="Name">How.</param>
/// <param name="Result">What the combination withstood: attacks on itself as one model, everything that was tried on the vote, and all that fooled the members or the vote.</param>
public sealed record RivalResult(string Name, RobustnessResult Result);
