namespace Nestor.Inference;

/// <summary>The windows of a text that a loss is measured on.</summary>
/// <remarks>
/// Windows share one token, so that every token but the first is predicted exactly once; a limit takes windows that are spread evenly
/// over the text.
/// </remarks>
public sealed class LossWindows
{
    private readonly int tokens;

    /// <summary>Cuts a text.</summary>
    /// <param name="tokens">Tokens of the text.</param>
    /// <param name="length">Most predictions in a window: the context length, or less.</param>
    /// <param name="maxTokens">About how many tokens to predict at most.</param>
    /// <exception cref="NestorException">The text has fewer than two tokens.</exception>
    public LossWindows(int tokens, int length, long maxTokens = long.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        if (tokens < 2)
            throw new NestorException($"There are {tokens} tokens to evaluate on, at least 2 are wanted; give more text.");
        this.tokens = tokens;
        Length = Math.Min(length, tokens - 1);
        var windows = (tokens - 2L) / Length + 1;
        var chosen = Math.Clamp(maxTokens / Length, 1, windows);
        Starts = [.. Enumerable.Range(0, checked((int)chosen)).Select(i => (int)(i * windows / chosen * Length))];
    }

    /// <summary>Predictions in every window but the text's last.</summary>
    public int Length { get; }

    /// <summary>The first token of each window.</summary>
    public IReadOnlyList<int> Starts { get; }

    /// <summary>Predictions in the window that begins at a token; the window has one token more.</summary>
    public int Predictions(int start) => Math.Min(Length, tokens - 1 - start);
}
