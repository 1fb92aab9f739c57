using Nestor.Formats;

namespace Nestor.Cli.Commands;

/// <summary>Folders that commands write into.</summary>
internal static class OutputFolder
{
    /// <summary>Creates a folder where it does not exist.</summary>
    /// <exception cref="NestorException">It cannot be created.</exception>
    public static void Create(string folder)
    {
        FileError.CheckPath(folder);
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw new NestorException($"The folder '{folder}' cannot be created: {error.Message} Choose a place where you may write.", error);
        }
    }

    /// <summary>Refuses a folder that holds something.</summary>
    /// <exception cref="NestorException">It is a file, or not empty and not forced.</exception>
    public static void ThrowIfTaken(string folder, bool force)
    {
        FileError.CheckPath(folder);
        if (File.Exists(folder))
            throw new NestorException($"'{folder}' is a file; name a folder.");
        if (!force && Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new NestorException($"The folder '{folder}' is not empty; choose another one, or write into it with --force.");
    }
}
