using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Nestor.Cli.Voting;

/// <summary>How a run was made.</summary>
/// <param name="Command">The command.</param>
/// <param name="Machine">System, processors and runtime.</param>
/// <param name="Remark">What else there is to say; null for nothing.</param>
internal sealed partial record RunOrigin(string Command, string Machine, string? Remark)
{
    /// <summary>The same for runs that differ in setting, seed and folder alone; the remark is left out of the command.</summary>
    public RunOrigin Family => this with { Command = Varying().Replace(Said().Replace(Command, ""), "--$1 …") };

    /// <summary>That of a run on this machine.</summary>
    public static RunOrigin Here(string command, string? remark) =>
        new(command, $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}", remark);

    [GeneratedRegex(@"--(settings|first-seed|seeds|out) \S+")]
    private static partial Regex Varying();

    [GeneratedRegex(@" --remark ""[^""]*""")]
    private static partial Regex Said();
}
