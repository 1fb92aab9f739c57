namespace Nestor.Evaluation.Tasks;

/// <summary>How a model judges a continuation.</summary>
/// <param name="LogProbability">The sum of its tokens' log-probabilities, in nats: 0 or less.</param>
/// <param name="IsGreedy">Whether each of its tokens was the most probable one.</param>
public readonly record struct ContinuationScore(double LogProbability, bool IsGreedy);
