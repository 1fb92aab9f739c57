namespace Nestor.Formats;

/// <summary>What the operating system says about a file, as an error the user can act on.</summary>
internal static class FileError
{
    private const int DiskFullOnLinuxAndMac = 28, DiskFullOnWindows = unchecked((int)0x80070070);

    /// <summary>Whether an exception is about the file and not about the program.</summary>
    public static bool Is(Exception error) => error is IOException or UnauthorizedAccessException or System.Security.SecurityException;

    /// <summary>A file that could not be read.</summary>
    public static NestorException Reading(string path, Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => new NestorException($"There is no file '{path}'; check the path.", error),
        UnauthorizedAccessException when Directory.Exists(path) => new NestorException($"'{path}' is a folder, a file was wanted.", error),
        _ => new NestorException($"The file '{path}' could not be read: {Reason(error)}", error),
    };

    /// <summary>A file that could not be written; whatever had its name before is unchanged.</summary>
    public static NestorException Writing(string path, Exception error) => error switch
    {
        IOException when error.HResult is DiskFullOnLinuxAndMac or DiskFullOnWindows =>
            new NestorException($"The file '{path}' could not be written because the disk is full; free some space or write elsewhere. Nothing was replaced.", error),
        DirectoryNotFoundException => new NestorException($"The file '{path}' could not be written because its folder does not exist; create it or check the path.", error),
        UnauthorizedAccessException => new NestorException($"The file '{path}' could not be written: {Reason(error)} Choose a place where you may write. Nothing was replaced.", error),
        _ => new NestorException($"The file '{path}' could not be written: {Reason(error)} Nothing was replaced.", error),
    };

    private static string Reason(Exception error)
    {
        var reason = error.Message.ReplaceLineEndings(" ");
        return reason.EndsWith('.') ? reason : reason + ".";
    }
}
