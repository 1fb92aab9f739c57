using System.Collections;
using Nestor.Inference.Speculation;
using Nestor.Text;

namespace Nestor.Inference;

/// <summary>One text being generated: enumerating it runs the model and yields the pieces, once. The facts are complete when the enumeration is.</summary>
/// <remarks>
/// A piece never splits a character, is never empty, and never holds any part of the stop string that ends the text: what may become
/// one is held back until it is decided.
/// </remarks>
public sealed class Generation : IEnumerable<string>
{
    // Tokens of the prompt between two looks at the cancellation.
    private const int BlockTokens = 256;

    private readonly Decoder decoder;
    private readonly int[] prompt;
    private readonly Continuation text;
    private readonly GenerationOptions options;
    private readonly LearnedCosts costs;
    private readonly TimeProvider time;
    private readonly CancellationToken cancellation;
    private bool started;

    internal Generation(
        Decoder decoder, Tokenizer tokenizer, int[] prompt, GenerationOptions options, LearnedCosts costs, TimeProvider time, CancellationToken cancellation)
    {
        this.decoder = decoder;
        this.prompt = prompt;
        text = new Continuation(decoder.Config, tokenizer, prompt, options);
        this.options = options;
        this.costs = costs;
        this.time = time;
        this.cancellation = cancellation;
    }

    /// <summary>Tokens of the prompt, the begin token included.</summary>
    public int PromptTokens => prompt.Length;

    /// <summary>Tokens generated so far, without the end token.</summary>
    public int Tokens => text.Tokens;

    /// <summary>Why the text ended; null until it has.</summary>
    public FinishReason? Finish => text.Finish;

    /// <summary>Time spent reading the prompt.</summary>
    public double PromptSeconds { get; private set; }

    /// <summary>Time spent generating, without the prompt and without what the caller does between pieces.</summary>
    public double Seconds { get; private set; }

    /// <summary>How the drafts fared, one entry for each drafter; empty without <see cref="GenerationOptions.Speculation"/>.</summary>
    public IReadOnlyList<DraftStatistics> Drafts { get; private set; } = [];

    /// <summary>Runs the model and yields the pieces of text.</summary>
    /// <exception cref="InvalidOperationException">The generation was enumerated before.</exception>
    public IEnumerator<string> GetEnumerator()
    {
        if (started)
            throw new InvalidOperationException("A generation runs once; ask the generator for another.");
        started = true;
        return Run().GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private IEnumerable<string> Run()
    {
        var stream = new TokenStream(decoder, options.Plan ?? decoder.Config.FullWidths, options.Sampling, options.Speculation, costs, time);
        Drafts = stream.Drafts;
        var start = time.GetTimestamp();
        foreach (var block in prompt.Chunk(BlockTokens))
        {
            cancellation.ThrowIfCancellationRequested();
            stream.Read(block);
        }

        PromptSeconds = time.GetElapsedTime(start).TotalSeconds;

        while (Finish is null)
        {
            cancellation.ThrowIfCancellationRequested();
            start = time.GetTimestamp();
            var next = stream.Next(options.MaxTokens - Tokens);
            Seconds += time.GetElapsedTime(start).TotalSeconds;
            for (var i = 0; i < next.Count && Finish is null; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var piece = text.Append(next[i]);
                if (piece.Length > 0)
                    yield return piece;
            }
        }
    }
}
