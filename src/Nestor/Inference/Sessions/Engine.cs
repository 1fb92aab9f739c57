using Nestor.Inference.Cache;
using Nestor.Inference.Sessions;
using Nestor.Models;
using Nestor.Text;

namespace Nestor.Inference;

/// <summary>Many texts at a time over one model, each at its own widths: requests join and leave the running batch between two steps.</summary>
/// <remarks>
/// A session's text is the one that <see cref="TextGenerator"/> gives for the same prompt, plan and seed, whatever else runs. Beginnings
/// that texts share are computed and kept once. Safe for concurrent use; one thread runs the model.
/// </remarks>
public sealed class Engine : IDisposable
{
    private readonly Decoder decoder;
    private readonly Tokenizer? tokenizer;
    private readonly EngineOptions options;
    private readonly Scheduler scheduler;
    private readonly Thread thread;

    // Not disposed: sessions that outlive the engine may still signal it.
    private readonly AutoResetEvent changed = new(false);
    private volatile bool disposed;

    /// <summary>Starts an engine.</summary>
    /// <param name="decoder">The model; others may use it too.</param>
    /// <param name="tokenizer">The model's own tokenizer; without it, prompts are tokens and texts are empty.</param>
    /// <param name="options">How sessions share the model; the defaults if not given.</param>
    /// <exception cref="NestorException">An option is out of range, or the memory for keys and values holds no page.</exception>
    public Engine(Decoder decoder, Tokenizer? tokenizer = null, EngineOptions? options = null)
    {
        (this.decoder, this.tokenizer, this.options) = (decoder, tokenizer, options ?? new EngineOptions());
        this.options.Validate();
        scheduler = new Scheduler(decoder, new KvPool(decoder.Config, CacheBytes(decoder.Config, this.options)), this.options);
        thread = new Thread(Run) { IsBackground = true, Name = "Nestor engine" };
        thread.Start();
    }

    /// <summary>Begins to continue a text.</summary>
    /// <param name="prompt">The beginning of the text; the model's begin token, if it has one, is put before it.</param>
    /// <param name="generation">How it is continued; the defaults if not given.</param>
    /// <param name="cancellation">Ends the session between two steps.</param>
    /// <exception cref="InvalidOperationException">The engine has no tokenizer.</exception>
    /// <inheritdoc cref="Generate(ReadOnlySpan{int}, GenerationOptions?, CancellationToken)"/>
    public Session Generate(string prompt, GenerationOptions? generation = null, CancellationToken cancellation = default) =>
        tokenizer is null
            ? throw new InvalidOperationException("The engine has no tokenizer; give it the model's, or give the prompt as tokens.")
            : Start(Prompt.Encode(prompt, tokenizer, decoder.Config), generation ?? new GenerationOptions(), cancellation);

    /// <summary>Begins to continue a text that is given as tokens.</summary>
    /// <param name="prompt">At least one token; none is put before them.</param>
    /// <param name="generation">How it is continued; the defaults if not given.</param>
    /// <param name="cancellation">Ends the session between two steps.</param>
    /// <returns>The session; it runs whether it is read or not, as far as there is room for unread tokens.</returns>
    /// <exception cref="NestorException">
    /// An option is out of range, the plan does not fit the model, the prompt is empty, longer than the context or has a token outside the
    /// vocabulary, the text would never fit in the memory for keys and values, or too many requests wait.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed.</exception>
    public Session Generate(ReadOnlySpan<int> prompt, GenerationOptions? generation = null, CancellationToken cancellation = default)
    {
        Prompt.Validate(prompt, decoder.Config);
        return Start(prompt.ToArray(), generation ?? new GenerationOptions(), cancellation);
    }

    /// <summary>Ends all sessions after the running step; their readers get an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        disposed = true;
        changed.Set();
        thread.Join();
    }

    internal Scheduler Scheduler => scheduler;

    private Session Start(int[] prompt, GenerationOptions generation, CancellationToken cancellation)
    {
        var config = decoder.Config;
        generation.Validate();
        var plan = generation.Plan ?? config.FullWidths;
        WidthPlanText.Validate(plan, config);
        if (tokenizer is null && generation.StopStrings.Count > 0)
            throw new NestorException("Stop strings were given and the engine has no tokenizer that would find them; give it the model's tokenizer.");

        if (generation.Speculation is not null)
            throw new NestorException("Speculation was asked for, and a session of an engine does not draft: its batch shares the reads of weights that drafts would save. Leave it out, or generate this text with a TextGenerator.");

        // The last token is predicted and never read.
        var positions = (int)Math.Min(config.ContextLength, (long)prompt.Length + generation.MaxTokens - 1);
        var pages = KvLayout.PagesOf(positions);
        if (pages > scheduler.Pool.MaxPages)
            throw new NestorException($"A prompt of {prompt.Length} tokens and up to {generation.MaxTokens} more take {pages} pages of {scheduler.Pool.PageBytes} bytes, the engine has memory for {scheduler.Pool.MaxPages}; ask for fewer tokens, or allow it more memory.");

        var session = new Session(config, prompt.Length, plan, options.MaxUnreadTokens, changed, cancellation);
        try
        {
            scheduler.Submit(new Sequence(session, new Sampler(generation.Sampling), new Continuation(config, tokenizer, prompt, generation), prompt, positions));
        }
        catch
        {
            session.Complete();
            throw;
        }

        changed.Set();
        return session;
    }

    private void Run()
    {
        Exception end = new ObjectDisposedException(nameof(Engine));
        try
        {
            while (!disposed)
            {
                if (!scheduler.Step())
                    changed.WaitOne();
            }
        }
        catch (Exception error)
        {
            end = error;
        }

        scheduler.End(end);
    }

    private static long CacheBytes(ModelConfig config, EngineOptions options) => options.CacheBytes ?? Math.Min(
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4,
        new KvLayout(config).PageBytes * KvLayout.PagesOf(config.ContextLength) * options.MaxBatch);
}
