using System.CommandLine;

namespace Nestor.Cli.Commands;

/// <summary>One of the experiments of <c>nestor reproduce pruning</c>, with options of its own.</summary>
internal interface IPruningPart
{
    /// <summary>The options it adds to the command.</summary>
    IReadOnlyList<Option> Options { get; }

    /// <summary>Whether the command line asks for it.</summary>
    bool IsWanted(ParseResult parsed);

    /// <summary>Reads its options and opens its data: everything that can be wrong is told here, before any part begins.</summary>
    /// <returns>The work to do.</returns>
    /// <exception cref="NestorException">An option is impossible, or data is missing or damaged.</exception>
    Action<CancellationToken> Prepare(ParseResult parsed, PruningSetting setting);
}

/// <summary>What all parts of <c>nestor reproduce pruning</c> share.</summary>
/// <param name="Work">Folder of the part's runs; what is there is gone on with.</param>
/// <param name="Output">Folder for its page and its pictures.</param>
/// <param name="Quick">Whether a short try is wanted, whose figures mean little.</param>
/// <param name="Command">The command for the page.</param>
/// <param name="Remark">A sentence for the page.</param>
internal sealed record PruningSetting(string Work, string Output, bool Quick, string Command, string? Remark);
