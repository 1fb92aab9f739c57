using System.IO.Enumeration;
using System.Text;

namespace Nestor.Training.Data;

/// <summary>A path as a source: one file, or the text files of a folder.</summary>
internal sealed class TextFiles : TextSource
{
    private readonly string textField;

    private TextFiles(string path, IReadOnlyList<SourceFile> files, int skipped, string field)
        : base(path, files, skipped) => textField = field;

    private protected override string Rules => $"files 1 {textField}";

    public static new TextFiles Open(string path, string field)
    {
        if (File.Exists(path))
        {
            var file = new SourceFile(Path.GetFileName(path), Path.GetFullPath(path));
            return file.IsText()
                ? new TextFiles(path, [file], skipped: 0, field)
                : throw new NestorException($"The file '{path}' is not UTF-8 text (it holds NUL bytes); give a text file, a .jsonl file, either as .gz, or a folder of them.");
        }

        if (!Directory.Exists(path))
            throw new NestorException($"There is no file or folder '{path}'; give a text file, a .jsonl file, either as .gz, or a folder of them.");
        var found = FilesBelow(Path.GetFullPath(path));
        var text = found.Where(file => file.IsText()).ToList();
        return text.Count > 0
            ? new TextFiles(path, text, found.Count - text.Count, field)
            : throw new NestorException(found.Count == 0
                ? $"The folder '{path}' holds no file; put text, .jsonl or .gz files into it."
                : $"None of the {found.Count} files in '{path}' is UTF-8 text (they hold NUL bytes); put text, .jsonl or .gz files into it.");
    }

    internal override IEnumerable<SourceDocument> Read()
    {
        long before = 0;
        foreach (var file in Files)
        {
            using var stream = file.Open();
            using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 1 << 16);
            var documents = file.IsJsonLines ? JsonLines.Documents(reader, file.FullPath, textField) : PlainText.Documents(reader);
            foreach (var document in documents)
                yield return new SourceDocument(document, before + stream.Consumed);
            before += stream.Length;
        }
    }

    private static List<SourceFile> FilesBelow(string root)
    {
        // A link to a folder may lead back to a folder above it; a link to a file is how model hubs store data.
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };
        var paths = new FileSystemEnumerable<string>(root, (ref entry) => entry.ToFullPath(), options)
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && !entry.FileName.StartsWith('.'),
            ShouldRecursePredicate = (ref entry) => !entry.FileName.StartsWith('.') && (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        try
        {
            return paths
                .Select(path => new SourceFile(Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/'), path))
                .OrderBy(file => file.RelativePath, StringComparer.Ordinal)
                .ToList();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NestorException($"The folder '{root}' cannot be read: {error.Message}", error);
        }
    }
}
