namespace Nestor.Training.Data;

/// <summary>Windows of a part at random offsets, each determined by (seed, step, row) and nothing else.</summary>
/// <remarks>A run that resumes at a step, and ranks that take different rows of it, see what one uninterrupted process would have seen.</remarks>
public sealed class TrainingWindows
{
    private readonly TokenPart part;
    private readonly ulong seed;

    /// <summary>Prepares windows of <paramref name="length"/> predictions, which are <paramref name="length"/> + 1 tokens.</summary>
    /// <exception cref="NestorException">The part is shorter than a window.</exception>
    public TrainingWindows(TokenPart part, int length, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (part.Count <= length)
            throw new NestorException($"There are {part.Count:N0} tokens ({part.TextBytes:N0} bytes of text) to train on, a window takes {length + 1L:N0}; give more text, or a shorter context.");
        (this.part, Length, this.seed) = (part, length, (ulong)seed);
    }

    /// <summary>Predictions of a window.</summary>
    public int Length { get; }

    /// <summary>Where the window of a row begins.</summary>
    /// <param name="step">The training step.</param>
    /// <param name="row">The row in the step's whole batch, over all ranks and accumulated parts.</param>
    public long Offset(long step, long row) => CounterHash.Below(part.Count - Length, seed, step, row);

    /// <summary>Fills rows of a step's batch.</summary>
    /// <param name="step">The training step.</param>
    /// <param name="firstRow">The first row to fill: rank times rows of a rank.</param>
    /// <param name="rows">The tokens, (rows, length + 1), row by row.</param>
    /// <exception cref="ArgumentException">The span is not a whole number of rows.</exception>
    /// <exception cref="NestorException">The token file is damaged.</exception>
    public void Fill(long step, long firstRow, Span<long> rows)
    {
        if (rows.Length % (Length + 1) != 0)
            throw new ArgumentException($"A row has {Length + 1} tokens; the span has {rows.Length}.", nameof(rows));
        for (; !rows.IsEmpty; rows = rows[(Length + 1)..])
            part.CopyTo(Offset(step, firstRow++), rows[..(Length + 1)]);
    }
}
