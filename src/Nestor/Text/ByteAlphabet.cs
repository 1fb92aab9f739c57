namespace Nestor.Text;

/// <summary>GPT-2's printable character for each byte: what vocabularies of byte-level tokenisers are written in.</summary>
/// <remarks>Printable Latin-1 bytes stand for themselves; the other 68 take the characters from U+0100 on, in byte order. A space is <c>Ġ</c>.</remarks>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Build();
    private static readonly short[] Bytes = Invert();

    /// <summary>The character of a byte.</summary>
    public static char Character(byte value) => Characters[value];

    /// <summary>The bytes a token spells, or null if it has a character that stands for no byte.</summary>
    public static byte[]? Decode(string token)
    {
        var bytes = new byte[token.Length];
        for (var i = 0; i < token.Length; i++)
        {
            if (token[i] >= Bytes.Length || Bytes[token[i]] < 0)
                return null;
            bytes[i] = (byte)Bytes[token[i]];
        }

        return bytes;
    }

    /// <summary>The token that spells the bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) =>
        string.Create(bytes.Length, bytes, static (characters, bytes) =>
        {
            for (var i = 0; i < bytes.Length; i++)
                characters[i] = Characters[bytes[i]];
        });

    private static char[] Build()
    {
        var characters = new char[256];
        var next = 256;
        for (var b = 0; b < 256; b++)
            characters[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)b : (char)next++;
        return characters;
    }

    private static short[] Invert()
    {
        var bytes = new short[Characters.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (var b = 0; b < 256; b++)
            bytes[Characters[b]] = (short)b;
        return bytes;
    }
}
