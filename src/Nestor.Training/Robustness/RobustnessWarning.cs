namespace Nestor.Training.Robustness;

/// <summary>A reason to doubt a robust accuracy: most of them mean that it is too high.</summary>
/// <param name="Code">Names the reason, for programs and for docs/voting.md.</param>
/// <param name="Message">What was seen.</param>
public sealed record RobustnessWarning(string Code, string Message);
