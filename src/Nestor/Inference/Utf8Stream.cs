using System.Text;

namespace Nestor.Inference;

/// <summary>Bytes to text as they arrive: a character comes out when its last byte is in, never a part of it.</summary>
/// <remarks>Bytes that are not UTF-8 become U+FFFD, exactly as when all bytes are decoded at once.</remarks>
internal sealed class Utf8Stream
{
    private readonly System.Text.Decoder decoder = Encoding.UTF8.GetDecoder();

    /// <summary>The text that is complete with these bytes; may be empty.</summary>
    public string Append(ReadOnlySpan<byte> bytes) => Decode(bytes, flush: false);

    /// <summary>The end: U+FFFD for a character whose last bytes never came.</summary>
    public string Finish() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        Span<char> characters = new char[decoder.GetCharCount(bytes, flush)];
        return new string(characters[..decoder.GetChars(bytes, characters, flush)]);
    }
}
