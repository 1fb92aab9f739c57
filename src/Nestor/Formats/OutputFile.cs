namespace Nestor.Formats;

/// <summary>A file that is about to be written.</summary>
internal static class OutputFile
{
    /// <summary>Refuses a place where something lies already, unless it may be replaced.</summary>
    /// <param name="path">Where to write.</param>
    /// <param name="overwrite">Whether a file there may be replaced; a folder never is.</param>
    /// <exception cref="NestorException">The path is taken, or no file can have it.</exception>
    public static void ThrowIfTaken(string path, bool overwrite)
    {
        FileError.CheckPath(path);
        if (Directory.Exists(path))
            throw new NestorException($"'{path}' is a folder, a file was wanted; give the file a name.");
        if (!overwrite && File.Exists(path))
            throw new NestorException($"There is a file '{path}' already; choose another name, or allow it to be replaced (--force).");
    }
}
