namespace Nestor.Evaluation.Tasks;

/// <summary>What a model reads to score some of a request's tokens: as much before them as its context holds.</summary>
/// <remarks>
/// A text that does not fit loses its beginning, as in lm-evaluation-harness: of context and continuation the last <c>context + 1</c>
/// tokens count, of which all but the last are read. A continuation longer than the context, which the harness refuses, is scored in pieces,
/// all but the first of them of the context's length.
/// </remarks>
/// <param name="Start">The first token that is read.</param>
/// <param name="End">The token after the last that is read; it is the last that is scored.</param>
/// <param name="Scored">Tokens that are scored.</param>
internal readonly record struct ScoredWindow(int Start, int End, int Scored)
{
    /// <summary>Tokens that are read.</summary>
    public int Length => End - Start;

    /// <summary>The windows that score every token of a request's continuation once, in order.</summary>
    public static IEnumerable<ScoredWindow> Of(ScoringRequest request, int contextLength)
    {
        var tokens = request.Tokens.Length;
        var first = tokens - request.Scored;
        while (first < tokens)
        {
            var scored = (tokens - first - 1) % contextLength + 1;
            var end = first + scored - 1;
            yield return new ScoredWindow(Math.Max(0, end - contextLength), end, scored);
            first += scored;
        }
    }

    /// <summary>Whether a model with a context of this length does not read all tokens before each scored one.</summary>
    public static bool Cuts(ScoringRequest request, int contextLength) => request.Tokens.Length - 1 > contextLength;
}
