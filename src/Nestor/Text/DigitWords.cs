namespace Nestor.Text;

/// <summary>SmolLM's pre-tokenisation: every number character is a piece, and what lies between is cut into <see cref="Gpt2Words"/> on its own.</summary>
/// <remarks>A text between two digits ends where the digit begins, so white space before a digit stays together.</remarks>
internal static class DigitWords
{
    /// <summary>The end of the piece that begins at <paramref name="start"/>.</summary>
    public static int End(ReadOnlySpan<char> text, int start)
    {
        var kind = CharacterKinds.At(text, start, out var length);
        if (kind == CharacterKind.Number)
            return start + length;
        if (kind == CharacterKind.Space)
        {
            var end = CharacterKinds.RunEnd(text, start, CharacterKind.Space);
            if (end < text.Length && CharacterKinds.At(text, end, out _) == CharacterKind.Number)
                return end;
        }

        return Gpt2Words.End(text, start);
    }
}
