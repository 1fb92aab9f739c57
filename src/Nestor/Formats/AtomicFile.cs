namespace Nestor.Formats;

/// <summary>Writes files that are either complete under their name or not there at all.</summary>
public static class AtomicFile
{
    private const int SmallestBuffer = 64 << 10;

    // Linux keeps in one piece, up to its huge pages of 2 MB, what is written at once, and maps it as such: with one fault instead of hundreds.
    private const int LargestBuffer = 4 << 20;

    /// <summary>
    /// Writes to a temporary name in the same folder, flushes to the disk, then renames over <paramref name="path"/>. Until the
    /// rename, what had the name before stays as it is; after a failure nothing is left behind.
    /// </summary>
    /// <param name="path">The file to create or replace; its folder must exist.</param>
    /// <param name="write">Writes the content. The stream knows its position and must not be closed.</param>
    /// <param name="mappedBytes">About how many of the bytes will be used where they are mapped: megabytes of them go to the system in large pieces.</param>
    /// <exception cref="NestorException">The file cannot be written: no space, no permission, no folder. Other failures of <paramref name="write"/> pass through.</exception>
    public static void Write(string path, Action<Stream> write, long mappedBytes = 0)
    {
        FileError.CheckPath(path);
        var full = Path.GetFullPath(path);
        var temporary = Path.Combine(Path.GetDirectoryName(full) ?? full, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.tmp");
        try
        {
            var buffer = (int)Math.Clamp(mappedBytes, SmallestBuffer, LargestBuffer);
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, buffer))
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
