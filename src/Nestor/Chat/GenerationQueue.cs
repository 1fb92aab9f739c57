using System.Runtime.CompilerServices;
using Nestor.Inference;

namespace Nestor.Chat;

/// <summary>Runs generations away from the callers' threads. One piece of text is computed at a time; generations that run together take turns.</summary>
/// <remarks>A piece is only computed when it is asked for, so an answer that nobody reads on costs nothing.</remarks>
internal sealed class GenerationQueue
{
    private readonly SemaphoreSlim turn = new(1, 1);
    private bool closed;

    /// <summary>The pieces of a generation. Cancelling ends it before its next token, and nothing of it runs when the exception arrives.</summary>
    /// <param name="start">Prepares the generation with the token that cancels it.</param>
    /// <param name="cancellation">Ends the enumeration.</param>
    /// <exception cref="ObjectDisposedException">The queue was closed.</exception>
    public async IAsyncEnumerable<string> Run(Func<CancellationToken, Generation> start, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var pieces = start(cancellation).GetEnumerator();
        while (await Next(pieces, cancellation).ConfigureAwait(false))
            yield return pieces.Current;
    }

    /// <summary>Waits for the piece that is being computed and lets no other begin.</summary>
    public void Close()
    {
        turn.Wait();
        closed = true;
        turn.Release();
    }

    private async Task<bool> Next(IEnumerator<string> pieces, CancellationToken cancellation)
    {
        await turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(closed, typeof(NestorChatClient));
            return await Task.Run(pieces.MoveNext, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }
}
