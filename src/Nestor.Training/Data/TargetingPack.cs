using System.Globalization;

namespace Nestor.Training.Data;

/// <summary>The packs of reference assemblies below an SDK, <c>packs/NAME/VERSION/ref/FRAMEWORK/*.xml</c>.</summary>
internal static class TargetingPack
{
    public const string Framework = "Microsoft.NETCore.App.Ref";

    private const string Web = "Microsoft.AspNetCore.App.Ref";

    /// <summary>Documentation files of the newest framework pack and the newest web pack; a name that both have counts once.</summary>
    public static (string Version, IReadOnlyList<SourceFile> Files) Documentation(string dotnetRoot)
    {
        try
        {
            var files = new List<SourceFile>();
            var framework = Newest(Path.Combine(dotnetRoot, "packs", Framework));
            if (framework is null)
                return ("", files);
            foreach (var pack in new[] { framework, Newest(Path.Combine(dotnetRoot, "packs", Web)) })
            {
                if (pack is not null)
                    files.AddRange(Files(pack).ExceptBy(files.Select(file => file.RelativePath), file => file.RelativePath).ToList());
            }

            return (Path.GetFileName(framework), files);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new NestorException($"The .NET SDK in '{dotnetRoot}' cannot be read: {error.Message}", error);
        }
    }

    private static string? Newest(string pack) =>
        !Directory.Exists(pack) ? null : Directory.GetDirectories(pack).Where(folder => Files(folder).Any()).MaxBy(folder => Order(Path.GetFileName(folder)));

    private static IEnumerable<SourceFile> Files(string pack)
    {
        var reference = Path.Combine(pack, "ref");
        var newest = Directory.Exists(reference) ? Directory.GetDirectories(reference).Max(StringComparer.Ordinal) : null;
        return newest is null
            ? []
            : Directory.GetFiles(newest, "*.xml")
                .Select(path => new SourceFile(Path.GetFileName(path), path))
                .OrderBy(file => file.RelativePath, StringComparer.Ordinal);
    }

    /// <summary>Orders versions: 9.0.1 before 10.0.0-rc.1 before 10.0.0.</summary>
    internal static (Version Number, bool Released, string Label) Order(string version)
    {
        var dash = version.IndexOf('-', StringComparison.Ordinal);
        var number = Version.TryParse(dash < 0 ? version : version.AsSpan(0, dash), out var parsed) ? parsed : new Version(0, 0);
        return (number, dash < 0, dash < 0 ? "" : string.Join('.', version[dash..].Split('.').Select(Padded)));
    }

    private static string Padded(string part) =>
        long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number.ToString("D10", CultureInfo.InvariantCulture) : part;
}
