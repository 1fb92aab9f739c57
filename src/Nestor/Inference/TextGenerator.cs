using Nestor.Inference.Speculation;
using Nestor.Text;

namespace Nestor.Inference;

/// <summary>Continues texts with a decoder: a prompt in, pieces of text out as they are generated.</summary>
/// <param name="decoder">The model.</param>
/// <param name="tokenizer">The model's own tokenizer.</param>
/// <param name="time">Measures the seconds; the system's clock if not given.</param>
public sealed class TextGenerator(Decoder decoder, Tokenizer tokenizer, TimeProvider? time = null)
{
    private readonly LearnedCosts costs = new();

    /// <summary>Prepares the continuation of a prompt; it runs as its pieces are enumerated.</summary>
    /// <param name="prompt">The beginning of the text; the model's begin token, if it has one, is put before it.</param>
    /// <param name="options">How it is continued; the defaults if not given.</param>
    /// <param name="cancellation">Ends the enumeration with an <see cref="OperationCanceledException"/> before the next token.</param>
    /// <exception cref="NestorException">An option is out of range, a plan does not fit the model or its verifier, a draft model is another model, or the prompt is empty or longer than the context.</exception>
    public Generation Generate(string prompt, GenerationOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new GenerationOptions();
        options.Validate();
        if (options.Plan is { } plan)
            Models.WidthPlanText.Validate(plan, decoder.Config);
        options.Speculation?.Validate(decoder.Config, options.Plan ?? decoder.Config.FullWidths);

        var tokens = Prompt.Encode(prompt, tokenizer, decoder.Config);
        return new Generation(decoder, tokenizer, tokens, options, costs, time ?? TimeProvider.System, cancellation);
    }
}
