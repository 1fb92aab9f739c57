using Nestor.Models;
using Nestor.Text;

namespace Nestor.Inference;

/// <summary>The text that follows a prompt as it is made: turns tokens into text and decides the end.</summary>
/// <remarks>
/// Text never splits a character and never holds any part of the stop string that ends it: what may become one is held back until
/// it is decided.
/// </remarks>
internal sealed class Continuation
{
    private readonly ModelConfig config;
    private readonly Tokenizer? tokenizer;
    private readonly int promptTokens;
    private readonly int maxTokens;
    private readonly bool continuesText;
    private readonly Utf8Stream characters = new();
    private readonly StopStrings stops;

    /// <summary>Begins the text.</summary>
    /// <param name="config">The model.</param>
    /// <param name="tokenizer">Turns tokens into text; without it all text is empty.</param>
    /// <param name="prompt">The prompt's tokens.</param>
    /// <param name="options">How it is continued; valid ones.</param>
    public Continuation(ModelConfig config, Tokenizer? tokenizer, ReadOnlySpan<int> prompt, GenerationOptions options)
    {
        (this.config, this.tokenizer, promptTokens, maxTokens) = (config, tokenizer, prompt.Length, options.MaxTokens);
        continuesText = options.ContinuesText && (prompt.Length > 1 || prompt[0] != config.BeginToken);
        stops = new StopStrings(options.StopStrings);
    }

    /// <summary>Tokens so far, without the end token.</summary>
    public int Tokens { get; private set; }

    /// <summary>Why the text ended; null until it has.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>Adds a token to the text.</summary>
    /// <returns>The text that can be shown with it.</returns>
    /// <exception cref="NestorException">The tokenizer does not know the token.</exception>
    public string Append(int token)
    {
        var text = "";

        // A begin token starts another text; some models know no other end.
        if (config.EndsText(token))
        {
            Finish = FinishReason.EndToken;
        }
        else
        {
            Tokens++;
            text = stops.Append(characters.Append(Bytes(token)));
            if (Tokens == maxTokens)
                Finish = FinishReason.MaxTokens;
            else if (promptTokens + Tokens - 1 == config.ContextLength)
                Finish = FinishReason.ContextFull;
        }

        if (Finish is not null && !stops.Met)
            text += stops.Append(characters.Finish()) + stops.Finish();
        if (stops.Met)
            Finish = FinishReason.StopString;
        return text;
    }

    // A text begins without the space that some tokenizers put before its first word.
    private ReadOnlySpan<byte> Bytes(int token)
    {
        if (tokenizer is null)
            return [];
        var bytes = tokenizer.Bytes(token);
        return Tokens == 1 && !continuesText ? bytes[tokenizer.Pipeline.PrefixLength(bytes)..] : bytes;
    }
}
