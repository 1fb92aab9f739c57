using Nestor.Training.Data;

namespace Nestor.Cli.Commands;

/// <summary>The text a command works on.</summary>
internal static class TextSources
{
    /// <summary>The text at a path, or the SDK's documentation where none is given.</summary>
    public static TextSource Open(string? path) => path is null ? SdkDocumentation.Open() : TextSource.Open(path);
}
