using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;
using Nestor.Text;

namespace Nestor.Formats;

/// <summary>The tokenizer file of llama2.c (<c>tokenizer.bin</c>, <c>tok512.bin</c>): SentencePiece vocabulary with scores.</summary>
/// <remarks>
/// Little-endian: int32 longest token, then for each token float32 score, int32 length, UTF-8 bytes, spaces as they are. Tokens 0, 1
/// and 2 are unknown, begin and end; 3 to 258 are the bytes. Merges follow from the scores: see <see cref="ScoredMerges"/>.
/// </remarks>
public static class Llama2cTokenizer
{
    private const int FirstByte = 3, FirstText = FirstByte + 256;
    private const int LongestToken = 128, LongestFile = 64 << 20;

    /// <summary>Reads a tokenizer.</summary>
    /// <param name="path">The file.</param>
    /// <param name="vocabularySize">Number of tokens; the file does not say it, the model does.</param>
    /// <exception cref="NestorException">The file cannot be read, or is not such a tokenizer of this size.</exception>
    public static Tokenizer Open(string path, int vocabularySize)
    {
        if (vocabularySize <= FirstText)
            throw new NestorException($"A llama2.c tokenizer of {vocabularySize} tokens has no text; it has {FirstText} tokens for structure and bytes before the first.");
        try
        {
            FileError.CheckPath(path);
            using var file = File.OpenRead(path);
            if (RandomAccess.GetLength(file.SafeFileHandle) is > LongestFile and var length)
                throw new NestorException($"it is {length} bytes long, at most {LongestFile} were wanted");
            using var reader = new BinaryReader(file);
            return Read(reader, vocabularySize);
        }
        catch (NestorException error)
        {
            throw new NestorException($"The tokenizer '{path}' cannot be used with {vocabularySize} tokens: {error.Message}.", error);
        }
        catch (EndOfStreamException error)
        {
            throw new NestorException($"The tokenizer '{path}' ends before its token {vocabularySize - 1}; give the vocabulary size of the model it belongs to.", error);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Reading(path, error);
        }
    }

    private static Tokenizer Read(BinaryReader reader, int vocabularySize)
    {
        reader.ReadInt32();
        var (tokens, scores) = (new List<string>(), new List<float>());
        while (tokens.Count < vocabularySize)
        {
            var (id, score, length) = (tokens.Count, reader.ReadSingle(), reader.ReadInt32());
            if (!float.IsFinite(score))
                throw new NestorException($"the score of token {id} is {score}, a number was wanted");
            if (length is <= 0 or > LongestToken)
                throw new NestorException($"token {id} is {length} bytes long, 1 to {LongestToken} were wanted");
            tokens.Add(Text(reader, id, length));
            scores.Add(score);
        }

        if (reader.BaseStream.Position < reader.BaseStream.Length)
            throw new NestorException($"it goes on after token {vocabularySize - 1}; give the vocabulary size of the model it belongs to");

        var vocabulary = new Vocabulary([.. tokens]);
        ImmutableArray<AddedToken> special = [.. tokens.Take(FirstByte).Select((content, id) => new AddedToken(id, content))];
        return new Tokenizer(new SentencePieceText(new BytePairModel(vocabulary, ScoredMerges.Of(vocabulary, scores, id => id >= FirstText)), special, new SentencePieceOptions(UnknownToken: 0)));
    }

    private static string Text(BinaryReader reader, int id, int length)
    {
        var bytes = reader.ReadBytes(length);
        if (bytes.Length < length)
            throw new EndOfStreamException();
        if (!Utf8.IsValid(bytes))
            throw new NestorException($"token {id} is not UTF-8 text");
        var text = Encoding.UTF8.GetString(bytes);
        return id switch
        {
            // The begin and end tokens are written with line breaks around them, for llama2.c to print.
            < FirstByte => text.Trim('\n'),
            < FirstText when text != SentencePieceText.ByteToken(id - FirstByte) =>
                throw new NestorException($"token {id} is {Quoted.Quote(text)}, {SentencePieceText.ByteToken(id - FirstByte)} was wanted"),
            _ => text.Replace(' ', SentencePieceText.Space),
        };
    }
}
