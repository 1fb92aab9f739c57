namespace Nestor.Formats;

/// <summary>What the operating system says about a file, as an error the user can act on.</summary>
internal static class FileError
{
    private const int DiskFullOnLinuxAndMac = 28, DiskFullOnWindows = unchecked((int)0x80070070);

    /// <summary>Whether an exception is about the file and not about the program.</summary>
    public static bool Is(Exception error) => error is IOException or UnauthorizedAccessException or System.Security.SecurityException;

    /// <summary>Refuses a path that no file can have, before the framework takes it for a programming error.</summary>
    /// <exception cref="NestorException">The path is empty or holds a zero character.</exception>
    public static void CheckPath(string path)
    {
        if (string.IsNullOrEmpty(path) || path.Contains('\0'))
            throw new NestorException($"The path {Quoted.Quote(path)} cannot name a file or folder; give another one.");
    }

    /// <summary>A file that could not be read.</summary>
    public static NestorException Reading(string path, Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => new NestorException($"There is no file '{path}'; check the path.", error),
        UnauthorizedAccessException when Directory.Exists(path) => new NestorException($"'{path}' is a folder, a file was wanted.", error),
        _ => new NestorException($"The file '{path}' could not be read: {Reason(error)}", error),
    };

    /// <summary>A file that could not be written; whatever had its name before is unchanged.</summary>
    public static NestorException Writing(string path, Exception error)
    {
        var reason = error switch
        {
            IOException when error.HResult is DiskFullOnLinuxAndMac or DiskFullOnWindows => "The disk is full; free some space or write elsewhere.",
            DirectoryNotFoundException => "Its folder does not exist; create it or check the path.",
            UnauthorizedAccessException or FileNotFoundException => "Access is denied; choose a place where you may write.",
            _ => Reason(error),
        };
        return new NestorException($"The file '{path}' could not be written, and nothing was replaced. {reason}", error);
    }

    private static string Reason(Exception error)
    {
        var reason = error.Message.ReplaceLineEndings(" ");
        return reason.EndsWith('.') ? reason : reason + ".";
    }
}
