namespace Nestor.Training.Data;

/// <summary>The place of a corpus on disk, filled under another name and renamed when complete.</summary>
internal static class CorpusFolder
{
    public const string ManifestName = "corpus.json";
    public const string TrainName = "train.tokens";
    public const string ValidationName = "validation.tokens";

    private static readonly string[] Names = [ManifestName, TrainName, ValidationName];

    /// <summary>Whether the folder holds an undamaged corpus of this content.</summary>
    public static bool Holds(string folder, string hash)
    {
        if (!File.Exists(Path.Combine(folder, ManifestName)))
            return false;
        try
        {
            using var corpus = Corpus.Open(folder);
            return corpus.ContentHash == hash;
        }
        catch (NestorException)
        {
            // Damaged, or of another version: building again is the cure.
            return false;
        }
    }

    /// <summary>Fills a new folder beside <paramref name="folder"/> and puts it in its place.</summary>
    /// <exception cref="NestorException">The folder holds files that are no corpus, or the disk refuses.</exception>
    public static void Replace(string folder, string hash, Action<string> fill)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        RefuseOtherFiles(full);
        var parent = Path.GetDirectoryName(full) ?? throw new NestorException($"'{folder}' is the root of a disk; name a folder for the corpus.");
        var temporary = Path.Combine(parent, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.tmp");
        try
        {
            Directory.CreateDirectory(temporary);
            fill(temporary);
            Exchange(temporary, full, hash);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NestorException($"The corpus cannot be put into '{folder}': {error.Message}", error);
        }
        finally
        {
            Delete(temporary);
        }
    }

    private static void RefuseOtherFiles(string folder)
    {
        if (File.Exists(folder))
            throw new NestorException($"'{folder}' is a file; name a folder for the corpus.");
        if (!Directory.Exists(folder))
            return;
        var other = Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).FirstOrDefault(name => !Names.Contains(name));
        if (other is not null)
            throw new NestorException($"The folder '{folder}' holds other files than a corpus ('{other}'); name a new folder, or an empty one.");
    }

    private static void Exchange(string temporary, string folder, string hash)
    {
        var old = temporary + ".old";
        if (Directory.Exists(folder))
            Directory.Move(folder, old);
        try
        {
            Directory.Move(temporary, folder);
        }
        catch (IOException) when (Holds(folder, hash))
        {
            // Another process built the same corpus meanwhile.
        }
        finally
        {
            if (Directory.Exists(folder))
                Delete(old);
            else if (Directory.Exists(old))
                Directory.Move(old, folder);
        }
    }

    private static void Delete(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What is left is hidden and no corpus; the outcome of the work matters more.
        }
    }
}
