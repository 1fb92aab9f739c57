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
    private readonly Tokenizer tokenizer;
    private readonly int[] prompt;
    private readonly bool continuesText;
    private readonly GenerationOptions options;
    private readonly TimeProvider time;
    private readonly CancellationToken cancellation;
    private bool started;

    internal Generation(
        Decoder decoder, Tokenizer tokenizer, int[] prompt, bool continuesText, GenerationOptions options, TimeProvider time, CancellationToken cancellation)
    {
        this.decoder = decoder;
        this.tokenizer = tokenizer;
        this.prompt = prompt;
        this.continuesText = continuesText;
        this.options = options;
        this.time = time;
        this.cancellation = cancellation;
    }

    /// <summary>Tokens of the prompt, the begin token included.</summary>
    public int PromptTokens => prompt.Length;

    /// <summary>Tokens generated so far, without the end token.</summary>
    public int Tokens { get; private set; }

    /// <summary>Why the text ended; null until it has.</summary>
    public FinishReason? Finish { get; private set; }

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
        var characters = new Utf8Stream();
        var stops = new StopStrings(options.StopStrings);
        foreach (var token in RunTokens())
        {
            var piece = stops.Append(characters.Append(Bytes(token)));
            if (piece.Length > 0)
                yield return piece;
            if (stops.Met)
                break;
        }

        var rest = stops.Append(characters.Finish()) + stops.Finish();
        if (stops.Met)
            Finish = FinishReason.StopString;
        if (rest.Length > 0)
            yield return rest;
    }

    private IEnumerable<int> RunTokens()
    {
        var stream = new TokenStream(decoder, options.Plan ?? decoder.Config.FullWidths, options.Sampling, options.Speculation, time);
        Drafts = stream.Drafts;
        var start = time.GetTimestamp();
        foreach (var block in prompt.Chunk(BlockTokens))
        {
            cancellation.ThrowIfCancellationRequested();
            stream.Read(block);
        }

        PromptSeconds = time.GetElapsedTime(start).TotalSeconds;

        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            start = time.GetTimestamp();
            var next = stream.Next(options.MaxTokens - Tokens);
            Seconds += time.GetElapsedTime(start).TotalSeconds;

            foreach (var token in next)
            {
                cancellation.ThrowIfCancellationRequested();
                if (decoder.Config.EndsText(token))
                {
                    Finish = FinishReason.EndToken;
                    yield break;
                }

                Tokens++;
                yield return token;
            }

            if (Tokens == options.MaxTokens)
                Finish = FinishReason.MaxTokens;
            else if (stream.Cache.Length == stream.Cache.ContextLength)
                Finish = FinishReason.ContextFull;
            if (Finish is not null)
                yield break;
        }
    }

    // A text begins without the space that some tokenizers put before its first word.
    private ReadOnlySpan<byte> Bytes(int token)
    {
        var bytes = tokenizer.Bytes(token);
        return Tokens == 1 && !continuesText ? bytes[tokenizer.Pipeline.PrefixLength(bytes)..] : bytes;
    }
}
