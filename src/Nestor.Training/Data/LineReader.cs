using System.Buffers;

namespace Nestor.Training.Data;

/// <summary>
/// Lines of a text, ended by LF, CR LF or CR, in bounded memory: a line above <paramref name="longest"/> characters comes in pieces that
/// never part a surrogate pair.
/// </summary>
internal sealed class LineReader(TextReader text, int longest)
{
    private readonly ArrayBufferWriter<char> line = new();
    private readonly char[] block = new char[1 << 14];
    private int start;
    private int end;
    private bool afterReturn;

    /// <summary>The line or piece of a line last read, without its end.</summary>
    public ReadOnlyMemory<char> Line => line.WrittenMemory;

    /// <summary>Number of the line last read, first line 1.</summary>
    public long Number { get; private set; }

    /// <summary>Whether the line goes on in the next piece.</summary>
    public bool Continues { get; private set; }

    /// <summary>Reads the next line or piece; false at the end of the text.</summary>
    public bool Next()
    {
        line.ResetWrittenCount();
        if (!Continues)
            Number++;
        Continues = false;
        while (Fill())
        {
            var rest = block.AsSpan(start, end - start);
            if (afterReturn && rest[0] == '\n')
            {
                afterReturn = false;
                start++;
                continue;
            }

            afterReturn = false;
            var stop = rest.IndexOfAny('\r', '\n');
            var part = stop < 0 ? rest : rest[..stop];
            var room = longest - line.WrittenCount;
            if (part.Length > room)
            {
                part = part[..room];
                if (part.Length > 1 && char.IsHighSurrogate(part[^1]))
                    part = part[..^1];
                line.Write(part);
                start += part.Length;
                Continues = true;
                return true;
            }

            line.Write(part);
            start += part.Length;
            if (stop < 0)
                continue;
            afterReturn = rest[stop] == '\r';
            start++;
            return true;
        }

        return line.WrittenCount > 0;
    }

    private bool Fill()
    {
        if (start < end)
            return true;
        start = 0;
        end = text.Read(block, 0, block.Length);
        return end > 0;
    }
}
