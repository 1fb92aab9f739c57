using System.CommandLine;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor index</c>: embeds a collection once with the whole model, and searches it with any slice.</summary>
internal static class IndexCommand
{
    public static Command Create() => new("index", "Embed a collection once with the whole model, and search it with any slice of it.")
    {
        IndexBuildCommand.Create(),
        IndexAddCommand.Create(),
        IndexSearchCommand.Create(),
        IndexPushCommand.Create(),
    };

    /// <summary>The argument that names an index.</summary>
    public static Argument<string> Index() => new("INDEX") { Description = "An index folder." };

    /// <summary>The argument that names what is embedded.</summary>
    public static Argument<string> Collection() => new("COLLECTION") { Description = "Pictures (a folder or zip of JPEG and PNG files, MNIST or CIFAR files) or texts (a file, a folder, .gz or .jsonl), as the model takes." };

    /// <summary>The option that names the model.</summary>
    public static Option<string> Model() => new("--model") { Description = "The model folder that the index was built with, or a slice of it.", Required = true };
}
