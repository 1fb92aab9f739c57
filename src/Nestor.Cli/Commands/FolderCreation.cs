using Nestor.Formats;

namespace Nestor.Cli.Commands;

/// <summary>Creates folders that commands write into.</summary>
internal static class FolderCreation
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
}
