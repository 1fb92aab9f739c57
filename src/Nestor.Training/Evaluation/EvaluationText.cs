using Nestor.Text;
using Nestor.Training.Data;

namespace Nestor.Training.Evaluation;

/// <summary>Tokens to measure a loss on, and how much text they stand for.</summary>
/// <param name="Tokens">The tokens, documents one after the other.</param>
/// <param name="TextBytes">Bytes of their text as UTF-8.</param>
public sealed record EvaluationText(IReadOnlyList<int> Tokens, long TextBytes)
{
    /// <summary>A part of a corpus.</summary>
    public static EvaluationText Of(TokenPart part)
    {
        var tokens = new int[part.Count];
        part.CopyTo(0, tokens.AsSpan());
        return new EvaluationText(tokens, part.TextBytes);
    }

    /// <summary>All documents of a source, each ended by the end token if the tokenizer has one.</summary>
    public static EvaluationText Of(TextSource source, Tokenizer tokenizer)
    {
        var tokens = new List<int>();
        long bytes = 0;
        foreach (var document in source.Documents())
        {
            tokenizer.Encode(document, tokens);
            bytes += System.Text.Encoding.UTF8.GetByteCount(document);
            if (tokenizer.Find(Corpus.EndOfText) is { } end)
                tokens.Add(end);
        }

        return new EvaluationText(tokens, bytes);
    }
}
