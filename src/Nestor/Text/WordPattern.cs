namespace Nestor.Text;

/// <summary>How byte-level text is cut into the pieces that merges never cross.</summary>
internal enum WordPattern
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>GPT-2's words: <see cref="Gpt2Words"/>.</summary>
    Gpt2,

    /// <summary>GPT-2's words, with every digit a piece of its own (SmolLM): <see cref="DigitWords"/>.</summary>
    Digits,

    /// <summary>Llama 3's words: <see cref="Llama3Words"/> with numbers of up to three digits.</summary>
    Llama3,

    /// <summary>Qwen 2's and 3's words: <see cref="Llama3Words"/> with every digit a piece of its own.</summary>
    Qwen2,
}

/// <summary>Cuts text by a pattern.</summary>
internal static class WordPatterns
{
    /// <summary>The end of the piece that begins at <paramref name="start"/>.</summary>
    public static int End(this WordPattern pattern, ReadOnlySpan<char> text, int start) => pattern switch
    {
        WordPattern.None => text.Length,
        WordPattern.Gpt2 => Gpt2Words.End(text, start),
        WordPattern.Digits => DigitWords.End(text, start),
        WordPattern.Llama3 => Llama3Words.End(text, start, mostDigits: 3),
        WordPattern.Qwen2 => Llama3Words.End(text, start, mostDigits: 1),
        _ => throw new ArgumentOutOfRangeException(nameof(pattern), pattern, "not a pattern"),
    };
}
