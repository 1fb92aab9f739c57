namespace Nestor.Text;

/// <summary>The merges of a SentencePiece vocabulary, whose files have a score for each token instead.</summary>
/// <remarks>
/// SentencePiece, llama2.c and llama.cpp join the adjacent pair whose token has the best score, the leftmost of several. Here every way
/// to split a token in two is a merge, ranked by score, so the tokens are the same as long as scores differ, as those of SentencePiece
/// do; where scores are equal, the token with the lower id is made first.
/// </remarks>
internal static class ScoredMerges
{
    /// <summary>The merges, first to merge first.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="scores">The score of each.</param>
    /// <param name="isText">Whether a token can be part of a merge: bytes and tokens that mark structure cannot.</param>
    public static (int Left, int Right)[] Of(Vocabulary vocabulary, IReadOnlyList<float> scores, Func<int, bool> isText)
    {
        var merges = new List<(float Score, int Id, int Left, int Right)>();
        for (var id = 0; id < vocabulary.Tokens.Length; id++)
        {
            ReadOnlySpan<char> token = vocabulary.Tokens[id];
            for (var split = 1; isText(id) && split < token.Length; split++)
            {
                if (Part(token[..split]) is { } left && Part(token[split..]) is { } right)
                    merges.Add((scores[id], id, left, right));
            }
        }

        return [.. merges.OrderByDescending(merge => merge.Score).ThenBy(merge => merge.Id).Select(merge => (merge.Left, merge.Right))];

        int? Part(ReadOnlySpan<char> text) => vocabulary.Find(text) is { } id && isText(id) ? id : null;
    }
}
