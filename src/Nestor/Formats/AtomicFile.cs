namespace Nestor.Formats;

/// <summary>Writes files that are either complete under their name or not there at all.</summary>
public static class AtomicFile
{
    private const int BufferSize = 1 << 16;

    /// <summary>
    /// Writes to a temporary name in the same folder, flushes to the disk, then renames over <paramref name="path"/>. Until the
    /// rename, what had the name before stays as it is; after a failure nothing is left behind.
    /// </summary>
    /// <param name="path">The file to create or replace; its folder must exist.</param>
    /// <param name="write">Writes the content. The stream knows its position and must not be closed.</param>
    /// <exception cref="NestorException">The file cannot be written: no space, no permission, no folder. Other failures of <paramref name="write"/> pass through.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        FileError.CheckPath(path);
        var full = Path.GetFullPath(path);
        var temporary = Path.Combine(Path.GetDirectoryName(full) ?? full, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferSize))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception error)
        {
            Remove(temporary);
            if (FileError.Is(error))
                throw FileError.Writing(path, error);
            throw;
        }
    }

    /// <summary>Removes what a failure would leave behind.</summary>
    internal static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            // The first failure is the one to report; a folder that refuses the deletion refused the write too.
        }
    }
}
