namespace Nestor.Evaluation.Tasks;

/// <summary>A language model as tasks see it: it says how probable continuations are.</summary>
public interface IContinuationScorer
{
    /// <summary>Most tokens that are read before one that is scored; what lies further back is cut off.</summary>
    int ContextLength { get; }

    /// <summary>Scores requests.</summary>
    /// <param name="groups">Requests, those of a group with a common beginning, which is read once. Their scores do not depend on each other.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The scores, in the order of groups and requests.</returns>
    /// <exception cref="NestorException">A token is outside the vocabulary, or the model is damaged.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    IReadOnlyList<ContinuationScore[]> Score(IReadOnlyList<IReadOnlyList<ScoringRequest>> groups, CancellationToken cancellation = default);
}
