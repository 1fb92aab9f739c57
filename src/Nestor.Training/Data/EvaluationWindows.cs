namespace Nestor.Training.Data;

/// <summary>A part from beginning to end in windows that share one token, so that every token but the first is predicted exactly once.</summary>
public sealed class EvaluationWindows
{
    private readonly TokenPart part;

    /// <summary>Prepares windows of <paramref name="length"/> predictions; the last may have fewer.</summary>
    /// <exception cref="NestorException">The part has fewer than two tokens.</exception>
    public EvaluationWindows(TokenPart part, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (part.Count < 2)
            throw new NestorException($"There are {part.Count} tokens ({part.TextBytes:N0} bytes of text) to evaluate on, at least 2 are wanted; give more text.");
        (this.part, Length) = (part, length);
    }

    /// <summary>Predictions of a whole window.</summary>
    public int Length { get; }

    /// <summary>Number of windows.</summary>
    public long Count => (Predictions - 1) / Length + 1;

    /// <summary>Predictions of all windows: the tokens but one.</summary>
    public long Predictions => part.Count - 1;

    /// <summary>Predictions of one window: <see cref="Length"/>, or what is left for the last.</summary>
    public int PredictionsOf(long window)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(window);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(window, Count);
        return (int)Math.Min(Length, Predictions - window * Length);
    }

    /// <summary>Copies a window: its tokens, one more than its predictions, then zeros.</summary>
    /// <param name="window">The window, 0 to <see cref="Count"/>, exclusive.</param>
    /// <param name="row">Length + 1 tokens; what follows the last prediction is to be left out of the loss.</param>
    /// <returns>Predictions of the window.</returns>
    /// <exception cref="NestorException">The token file is damaged.</exception>
    public int Fill(long window, Span<long> row)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(row.Length, Length + 1);
        var predictions = PredictionsOf(window);
        part.CopyTo(window * Length, row[..(predictions + 1)]);
        row[(predictions + 1)..].Clear();
        return predictions;
    }
}
