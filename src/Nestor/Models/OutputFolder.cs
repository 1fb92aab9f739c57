using Nestor.Formats;

namespace Nestor.Models;

/// <summary>A folder that a new model is to be written into: what lies there is not replaced unasked, and the source never.</summary>
internal static class OutputFolder
{
    private static readonly string[] ModelFiles = [ModelFolder.Config, ModelFolder.Weights, ShardIndex.FileName];

    /// <summary>Checks a folder before anything is written.</summary>
    /// <param name="folder">Where to write; it need not exist.</param>
    /// <param name="what">What is to be written, such as <c>the slice</c>.</param>
    /// <param name="source">The folder that is read.</param>
    /// <param name="overwrite">Whether a model in the folder may be replaced.</param>
    /// <exception cref="NestorException">The folder holds files and they may not be replaced, or it holds the source's.</exception>
    public static void Check(string folder, string what, string source, bool overwrite)
    {
        FileError.CheckPath(folder);
        try
        {
            if (File.Exists(folder))
                throw new NestorException($"'{folder}' is a file; choose a folder for {what}.");
            if (!Directory.Exists(folder) || Directory.EnumerateFileSystemEntries(folder).FirstOrDefault() is not { } first)
                return;
            if (!overwrite)
            {
                var model = ModelFiles.FirstOrDefault(file => File.Exists(Path.Combine(folder, file)));
                throw new NestorException(model is null
                    ? $"The folder '{folder}' is not empty ({Quoted.OneLine(Path.GetFileName(first))}); choose another folder for {what}, or allow replacing with --force."
                    : $"The folder '{folder}' holds a model already ({model}); choose another folder for {what}, or allow replacing it with --force.");
            }

            if (HoldsFilesOf(source, folder))
                throw new NestorException($"The folder '{folder}' holds the files that {what} is cut from; choose another folder.");
        }
        catch (Exception error) when (FileError.Is(error))
        {
            throw FileError.Writing(folder, error);
        }
    }

    /// <summary>Removes the model in a folder, if there is one: its config first, so that at no moment it looks whole. Other files stay.</summary>
    /// <param name="folder">A folder that was checked.</param>
    /// <param name="sideFiles">Names of files beside the weights that belong to a model.</param>
    /// <exception cref="NestorException">A file cannot be removed.</exception>
    public static void Clear(string folder, IEnumerable<string> sideFiles)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var name in (string[])[ModelFolder.Config, .. Shards(folder), ModelFolder.Weights, ShardIndex.FileName, .. sideFiles])
        {
            var path = Path.Combine(folder, name);
            try
            {
                File.Delete(path);
            }
            catch (Exception error) when (FileError.Is(error))
            {
                throw FileError.Writing(path, error);
            }
        }
    }

    /// <summary>Weights in parts, as HuggingFace names them, whether an index lists them or not.</summary>
    private static IEnumerable<string> Shards(string folder) =>
        Directory.EnumerateFiles(folder, "model-*-of-*.safetensors").Select(path => Path.GetFileName(path));

    /// <summary>
    /// Whether the source's files lie in a folder, by whatever way or link one comes to it: a file made in the folder appears where
    /// they lie.
    /// </summary>
    private static bool HoldsFilesOf(string source, string folder)
    {
        var places = Directory.EnumerateFiles(source)
            .Select(path => Path.GetDirectoryName(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path))!)
            .Append(source).Distinct(StringComparer.Ordinal).ToList();
        var probe = $".nestor-{Path.GetRandomFileName()}";
        var path = Path.Combine(folder, probe);
        using (new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0, FileOptions.DeleteOnClose))
            return places.Any(place => File.Exists(Path.Combine(place, probe)));
    }
}
