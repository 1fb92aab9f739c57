namespace Nestor.Inference;

/// <summary>How an engine shares a model among sessions. None of it changes a session's text.</summary>
public sealed record EngineOptions
{
    /// <summary>Most sessions that read tokens in one step.</summary>
    public int MaxBatch { get; init; } = 16;

    /// <summary>
    /// Most tokens that one step reads: one of each text that is being generated, and parts of prompts in what is left. It bounds how
    /// long a long prompt delays the others' next tokens.
    /// </summary>
    public int MaxBatchTokens { get; init; } = 256;

    /// <summary>
    /// Most bytes of keys and values: of all sessions, and of past ones, which are kept for texts that begin alike until memory is
    /// needed. If not given, a quarter of this process's memory, or less where the full contexts of a whole batch take less.
    /// </summary>
    public long? CacheBytes { get; init; }

    /// <summary>Most requests that wait for their first step; further ones are refused.</summary>
    public int MaxQueue { get; init; } = 256;

    /// <summary>Tokens that a session generates ahead of its reader; it pauses there, and the others go on.</summary>
    public int MaxUnreadTokens { get; init; } = 64;

    /// <summary>Throws one error that lists every problem of these options.</summary>
    /// <exception cref="NestorException">Some value is out of range.</exception>
    public void Validate()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0)
            throw new NestorException("These engine options cannot be used: " + string.Join("; ", problems) + ".");
    }

    private IEnumerable<string> Problems()
    {
        if (MaxBatch <= 0)
            yield return $"the most sessions in a step are {MaxBatch} and must be positive";
        if (MaxBatchTokens < Math.Max(1, MaxBatch))
            yield return $"the most tokens in a step are {MaxBatchTokens} and must be at least one for each of the {MaxBatch} sessions";
        if (CacheBytes <= 0)
            yield return $"the bytes of keys and values are {CacheBytes} and must be positive";
        if (MaxQueue <= 0)
            yield return $"the most waiting requests are {MaxQueue} and must be positive";
        if (MaxUnreadTokens <= 0)
            yield return $"the most unread tokens are {MaxUnreadTokens} and must be positive";
    }
}
