namespace Nestor.Bench.Robustness;

/// <summary>Paths as reports show them.</summary>
internal static class Folders
{
    // What a run of training calls the best model in its folder, which says less than the folder.
    private const string Best = "best";

    /// <summary>The last part of a path that tells folders apart; other names as they are.</summary>
    public static string Last(string path)
    {
        if (!Path.IsPathRooted(path))
            return path;
        var trimmed = Path.TrimEndingDirectorySeparator(path);
        return Path.GetFileName(Path.GetFileName(trimmed) == Best ? Path.GetDirectoryName(trimmed)! : trimmed);
    }
}
