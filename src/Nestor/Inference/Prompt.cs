using Nestor.Models;
using Nestor.Text;

namespace Nestor.Inference;

/// <summary>The tokens that a text is continued from.</summary>
internal static class Prompt
{
    /// <summary>The tokens of a text, after the token that stands before every text, if the model has one.</summary>
    /// <exception cref="NestorException">The prompt is empty or longer than the context.</exception>
    public static int[] Encode(string text, Tokenizer tokenizer, ModelConfig config)
    {
        var tokens = new List<int>();
        if (config.TokenBeforeText is { } begin)
            tokens.Add(begin);
        tokenizer.Encode(text, tokens);
        if (tokens.Count == 0)
            throw new NestorException("The prompt is empty and the model has no token that begins a text; give it at least one character.");
        int[] ids = [.. tokens];
        Validate(ids, config);
        return ids;
    }

    /// <summary>Checks that a model can read the tokens.</summary>
    /// <exception cref="NestorException">There are none, more than the context holds, or one is outside the vocabulary.</exception>
    public static void Validate(ReadOnlySpan<int> tokens, ModelConfig config)
    {
        if (tokens.IsEmpty)
            throw new NestorException("The prompt is empty; give it at least one token.");
        if (tokens.Length > config.ContextLength)
            throw new NestorException($"The prompt has {tokens.Length} tokens, the model's context {config.ContextLength}; shorten the prompt.");
        foreach (var token in tokens)
        {
            if ((uint)token >= (uint)config.VocabularySize)
                throw new NestorException($"The token {token} is outside the model's vocabulary of {config.VocabularySize}; encode the text with the model's own tokenizer.");
        }
    }
}
