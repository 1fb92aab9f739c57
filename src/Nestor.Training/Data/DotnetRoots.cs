using System.Runtime.InteropServices;

namespace Nestor.Training.Data;

/// <summary>The folders where .NET may be installed on this machine: those that hold <c>packs</c>.</summary>
internal static class DotnetRoots
{
    /// <summary>First the runtime this program runs on, then <c>DOTNET_ROOT</c>, the command <c>dotnet</c>, and the places where packages put it.</summary>
    public static IReadOnlyList<string> Find() =>
        [.. Above(RuntimeEnvironment.GetRuntimeDirectory())
            .Append(Environment.GetEnvironmentVariable("DOTNET_ROOT"))
            .Concat(OnPath())
            .Concat(Usual())
            .OfType<string>()
            .Where(root => Directory.Exists(Path.Combine(root, "packs")))
            .Select(root => Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)))
            .Distinct()];

    /// <summary>The runtime lies in ROOT/shared/Microsoft.NETCore.App/VERSION.</summary>
    private static IEnumerable<string?> Above(string folder)
    {
        for (var parent = new DirectoryInfo(folder); parent is not null; parent = parent.Parent)
            yield return parent.FullName;
    }

    private static IEnumerable<string?> OnPath()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            var command = Path.Combine(folder, name);
            if (File.Exists(command))
                yield return Path.GetDirectoryName(Target(command));
        }
    }

    private static string Target(string command)
    {
        try
        {
            return File.ResolveLinkTarget(command, returnFinalTarget: true)?.FullName ?? command;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return command;
        }
    }

    private static IEnumerable<string?> Usual()
    {
        yield return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet");
        if (OperatingSystem.IsWindows())
        {
            yield return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "dotnet");
            yield break;
        }

        yield return "/usr/share/dotnet";
        yield return "/usr/lib/dotnet";
        yield return "/usr/lib64/dotnet";
        yield return "/usr/local/share/dotnet";
        yield return "/opt/homebrew/opt/dotnet/libexec";
        yield return "/usr/local/opt/dotnet/libexec";
        yield return "/snap/dotnet-sdk/current";
    }
}
