using Nestor.Formats;
using Nestor.Text;

namespace Nestor.Evaluation.Tasks;

/// <summary>Tokens of which the last ones are to be scored, given all before them.</summary>
/// <param name="Tokens">The context's tokens and the continuation's.</param>
/// <param name="Scored">How many are the continuation's: at least 1, and fewer than all.</param>
public readonly record struct ScoringRequest(ReadOnlyMemory<int> Tokens, int Scored)
{
    /// <summary>The tokens of a context and of a continuation after one space.</summary>
    /// <remarks>As lm-evaluation-harness does it: the context's tokens stay as they are without the continuation; what they do not cover of the whole text's tokens is the continuation.</remarks>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="begin">The token that begins a text, if the model has one.</param>
    /// <param name="context">Text with at least one character, and no white space at its end.</param>
    /// <param name="continuation">Text with at least one character.</param>
    /// <exception cref="NestorException">The tokenizer makes nothing of one of them.</exception>
    public static ScoringRequest Of(Tokenizer tokenizer, int? begin, string context, string continuation)
    {
        var tokens = new List<int>();
        if (begin is { } token)
            tokens.Add(token);
        tokenizer.Encode(context, tokens);
        var whole = tokenizer.Encode($"{context} {continuation}");
        var before = tokens.Count - (begin is null ? 0 : 1);
        var rest = whole.Length > before ? whole[before..] : tokenizer.Encode($" {continuation}");
        return tokens.Count > 0 && rest.Length > 0
            ? new ScoringRequest((int[])[.. tokens, .. rest], rest.Length)
            : throw new NestorException($"Of {Quoted.Quote(context)} and {Quoted.Quote(continuation)} one becomes no tokens, so there is nothing to score; take the item out, or use another tokenizer.");
    }
}
