using System.Security.Cryptography;
using System.Text;

namespace Nestor.Training.Data;

/// <summary>Files read as a stream of documents: the text a model is trained on. A document is never joined to another.</summary>
public abstract class TextSource
{
    /// <summary>Longest document, in UTF-16 code units: a longer one is cut, at a line end where there is one.</summary>
    public const int LongestDocument = 4 * 1024 * 1024;

    private protected TextSource(string name, IReadOnlyList<SourceFile> files, int skipped)
    {
        Name = name;
        Files = files;
        Skipped = skipped;
    }

    /// <summary>The source in words, for messages and reports: a path, or the SDK's version.</summary>
    public string Name { get; }

    /// <summary>Files that were left out because their first block holds NUL bytes, which no UTF-8 text does.</summary>
    public int Skipped { get; }

    /// <summary>The files, ordered by relative path, ordinal.</summary>
    internal IReadOnlyList<SourceFile> Files { get; }

    /// <summary>Size of all files on disk: what <see cref="SourceDocument.Consumed"/> grows to.</summary>
    internal long Bytes => Files.Sum(file => file.Length);

    /// <summary>How files become documents, with everything that changes the documents of unchanged files. Raised when the code changes them.</summary>
    private protected abstract string Rules { get; }

    /// <summary>Opens a text file, a JSON-lines file, either of them gzipped (<c>.gz</c>), or a folder of such files.</summary>
    /// <param name="path">
    /// A folder is read with its subfolders; names that begin with a dot and links to folders are left out, and so are files that are not text.
    /// A plain text file (UTF-8, bad bytes replaced) is cut at blank lines into blocks, and blocks are gathered until a document has 4,096
    /// characters. In a <c>.jsonl</c> file every line is a document.
    /// </param>
    /// <param name="field">The field of a JSON line that holds the text.</param>
    /// <exception cref="NestorException">There is no such path, nothing in it is text, or a <c>.gz</c> is not gzip.</exception>
    public static TextSource Open(string path, string field = "text") => TextFiles.Open(path, field);

    /// <summary>Reads the documents, one at a time, in the same order each time.</summary>
    /// <exception cref="NestorException">While reading: a file is gone or damaged, or a JSON line has no text; the message names file and line.</exception>
    public IEnumerable<string> Documents() => Read().Select(document => document.Text);

    internal abstract IEnumerable<SourceDocument> Read();

    /// <summary>A hash of the reading rules and of every file's relative path, length and content: equal when the documents are equal.</summary>
    internal byte[] Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Rules));
        foreach (var file in Files)
            file.AppendTo(hash);
        return hash.GetHashAndReset();
    }
}

/// <summary>One document, and how many bytes of the source's files are consumed with it.</summary>
internal readonly record struct SourceDocument(string Text, long Consumed);
