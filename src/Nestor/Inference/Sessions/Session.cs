using System.Threading.Channels;
using Nestor.Models;

namespace Nestor.Inference;

/// <summary>A text that an engine generates: enumerating it, once, yields the tokens as they come. Its facts are those of the tokens read so far.</summary>
/// <remarks>
/// Leaving the enumeration, disposing the session and cancelling the request all end it and free its memory. A session that nobody
/// reads pauses after some tokens (<see cref="EngineOptions.MaxUnreadTokens"/>) and disturbs nobody.
/// </remarks>
public sealed class Session : IAsyncEnumerable<GeneratedToken>, IDisposable
{
    private readonly ModelConfig config;
    private readonly Channel<GeneratedToken> tokens;
    private readonly int maxUnread;
    private readonly EventWaitHandle changed;
    private readonly CancellationToken cancellation;
    private readonly CancellationTokenRegistration registration;
    private volatile WidthPlan plan;
    private volatile bool cancelled;
    private int readers;

    internal Session(ModelConfig config, int promptTokens, WidthPlan plan, int maxUnread, EventWaitHandle changed, CancellationToken cancellation)
    {
        (this.config, PromptTokens, this.plan, this.maxUnread, this.changed, this.cancellation) = (config, promptTokens, plan, maxUnread, changed, cancellation);
        tokens = Channel.CreateBounded<GeneratedToken>(new BoundedChannelOptions(maxUnread) { SingleWriter = true });
        registration = cancellation.UnsafeRegister(static session => ((Session)session!).Dispose(), this);
    }

    /// <summary>Tokens of the prompt, the begin token included.</summary>
    public int PromptTokens { get; }

    /// <summary>Tokens of the prompt that were not computed, because another text began alike at the same plan.</summary>
    public int SharedTokens { get; internal set; }

    /// <summary>Tokens generated, without the end token.</summary>
    public int Tokens { get; private set; }

    /// <summary>Why the text ended; null until it has.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>
    /// Feed-forward neurons of each layer. May be set while the text is generated: tokens computed from then on use it. The prompt is
    /// always read at the plan of the request.
    /// </summary>
    /// <exception cref="NestorException">The plan does not fit the model.</exception>
    public WidthPlan Plan
    {
        get => plan;
        set
        {
            WidthPlanText.Validate(value, config);
            plan = value;
        }
    }

    internal bool IsCancelled => cancelled;

    /// <summary>Whether the reader is so far behind that the next token has no room.</summary>
    internal bool IsFull => UnreadTokens >= maxUnread;

    /// <summary>Tokens generated and not read.</summary>
    internal int UnreadTokens => tokens.Reader.Count;

    /// <summary>Yields the tokens.</summary>
    /// <param name="cancellationToken">Ends the session, as the request's own does.</param>
    /// <exception cref="InvalidOperationException">The session was enumerated before.</exception>
    /// <exception cref="OperationCanceledException">The session was cancelled or disposed.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed before the text ended.</exception>
    /// <exception cref="NestorException">A score is damaged.</exception>
    public async IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Increment(ref readers) > 1)
            throw new InvalidOperationException("A session is read once; ask the engine for another.");
        try
        {
            await foreach (var token in tokens.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                cancellation.ThrowIfCancellationRequested();
                cancellationToken.ThrowIfCancellationRequested();

                // There is room for one more: the session may have paused.
                changed.Set();
                if (token.Finish != FinishReason.EndToken)
                    Tokens++;
                Finish = token.Finish;
                yield return token;
            }
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Ends the session if it has not ended.</summary>
    public void Dispose()
    {
        cancelled = true;
        changed.Set();
    }

    internal void Write(GeneratedToken token) => tokens.Writer.TryWrite(token);

    /// <summary>No more tokens come; the reader gets the error, if there is one, after those that are there.</summary>
    internal void Complete(Exception? error = null)
    {
        registration.Dispose();
        tokens.Writer.TryComplete(error);
    }

    internal void CompleteCancelled() => Complete(new OperationCanceledException("The session was cancelled.", cancellation));
}
